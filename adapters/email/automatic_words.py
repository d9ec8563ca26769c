"""Words that servers and programs begin the subject of their own mails with. Data only; read by `automatic`.

Each constant is the alternatives of a pattern, compared without regard to case: a language is added here alone.
"""

from __future__ import annotations

BOUNCED = (
    r"undeliver(?:able|ed)|returned mail\b"
    r"|delivery (?:status notification|failure|failed|has failed|problem|notification)|failure notice"
    r"|mail (?:delivery|system) (?:failed|failure|error)|mail could not be delivered|message delivery failure"
    r"|nondeliverable mail|delivery report|non[- ](?:remis|délivré|distribuable)"
    r"|échec de (?:la )?(?:remise|distribution|livraison)|message non (?:remis|distribué|délivré)|unzustellbar"
    r"|nicht zustellbar|no se puede entregar|imposible de entregar|mancata consegna|non recapitabile"
    r"|onbestelbaar|недоставленн"
)
"""What servers begin their reports with. A customer's answer or forward of one begins with its own mark."""
DELAYED = (
    r"delay|deferred|not yet been|retard|différé|verzöger|delivery status notification \(delay\)"
    r"|warning: (?:message|could not)|still being retried|temporar"
)
AWAY = (
    r"automatic reply|auto[- ]?(?:reply|response|responder)|out of (?:the )?office(?: auto ?reply)?"
    r"|r[ée]ponse automatique|message d['’]absence|notification d['’]absence|abwesenheits(?:notiz|nachricht)"
    r"|automatische antwort|respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica"
    r"|automatisch(?:e)? antwoord|resposta autom[áa]tica|automatiskt svar|autosvar|automatisk svar"
    r"|automaattinen vastaus|odpowiedź automatyczna|automatická odpověď|автоответ"
)
"""What programs begin an out-of-office answer with."""
