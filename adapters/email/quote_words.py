"""Words that mail programs write around older mail, by language. Data only; read by `announced` and `attributions`.

Each constant is the alternatives of a pattern, compared without regard to case: a language is added here alone.
"""

from __future__ import annotations

WROTE = (
    r"\ba [ée]crit|\bécrivait|\bwrote|\bwrites|\bsent|\bschrieb|\bgeschrieben|\bschreef|\bgeschreven"
    r"|\bescribi[óo]|\bha escrit|\bescreveu|\bha scritto|\bscrive|\bskrev|\bkirjoitti|\bnapisał(?:a|\(a\))?"
    r"|\bnapsal(?:a|\(a\))?|\bnapísal|\bнаписал[а]?|\bнаписав|\bпишет?|\bírta|\ba scris|\byazdı|\bέγραψε"
    r"|\bđã viết|のメッセージ|写道|寫道|님이 작성|작성:|כתב|\bskrifaði|\bje napisa[ol]\w{0,2}"
    r"|\bpisze|\bnapisao|\bva escriure"
    r"|\brakstīja|\brašė|\bказа|كتب"
)
"""The verb of an attribution."""
MONTHS = (
    r"jan|fév|fev|feb|mar|mär|avr|apr|abr|mai|may|maj|mag|mei|jui|jun|jul|giu|lug|aoû|aou|aug|ago|sep|set|oct"
    r"|okt|ott|out|nov|dez|dec|déc|dic|des|ene|gen|янв|фев|мар|апр|май|мая|июн|июл|авг|сен|окт|ноя|дек|січ|лют"
    r"|бер|кві|тра|чер|лип|сер|вер|жов|лис|гру"
)
"""How names of months begin."""
BEGINS = (
    r"le|on|el|am|il|em|op|den|w dniu|dnia|vào|dne|dňa|в|на|på|at|a|az|τη|στις|tarihinde|em|pada|mon|tue|wed"
    r"|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|man|tir|ons|tor|fre|lør|søn|mo|di|mi|do|fr|sa|so|пн|вт|ср"
    r"|чт|пт|сб|вс|january|february|march|april|may|june|july|august|september|october|november|december|jan"
    r"|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec"
)
"""What an attribution begins with, where it does not begin with a figure."""
MESSAGE = (
    r"message|nachricht|melding|termin\b|appointment|mensaje|mensagem|messaggio|bericht|meddel|mail\b|wiadomo"
    r"|сообщени|повідомлен|správa|zpráva|üzenet|viesti|mesaj|邮件|郵件|メッセージ|메시지|ursprung|original"
)
"""What a dashed line names that separates older mail."""
FORWARDED = (
    r"forward|transf[ée]r|fait suivre|weitergeleit|reenviad|encaminhad|inoltrat|doorgestuurd|vidarebeford"
    r"|videresend|przekazan|пересыла|переслан|přeposlan|továbbít|edelleenlähet|转发|轉寄|転送"
)
"""What a dashed line says above a mail that is passed on."""
BEGIN_FORWARDED = (
    r"begin forwarded message|début du message (?:transféré|réexpédié)|anfang der weitergeleiteten nachricht"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato"
    r"|início da mensagem (?:reencaminhada|encaminhada)|begin doorgestuurd bericht"
)
"""The same without dashes, a line for itself."""
FIELDS = {
    "from": (
        "de|de la|from|von|van|da|fra|från|od|от|від|expéditeur|remitente|mittente|absender|afzender|lähettäjä"
        "|feladó|kimden|από|发件人|寄件者|差出人|보낸 사람|מאת|من|odesílatel|odosielateľ|από|nadawca"
    ),
    "date": (
        "trimis|envoyé|envoyé le|date|sent|gesendet|datum|enviado|enviado el|enviado em|data|fecha|inviato"
        "|verzonden|sendt|skickat|dato|wysłano|odesláno|odoslané|отправлено|дата|надіслано|lähetetty|päivä"
        "|elküldve|dátum|gönderilen|tarih|发送时间|日期|寄件日期|送信日時|日付|보낸 날짜|날짜|נשלח|تاريخ|ημερομηνία"
    ),
    "to": (
        "către|à|a|to|an|para|aan|til|till|do|komu|кому|destinataire|destinatario|empfänger|vastaanottaja|címzett"
        "|kime|προς|收件人|宛先|받는 사람|אל|إلى|per"
    ),
    "cc": ("cc|cci|copie|copie à|bcc|kopie|kopia|копия|копія|抄送|reply-to|répondre à|antwort an"),
    "subject": (
        "subiect|objet|subject|betreff|asunto|assunto|oggetto|onderwerp|emne|ämne|temat|předmět|predmet|тема|aihe"
        "|tárgy|konu|θέμα|主题|主旨|件名|제목|נושא|الموضوع|sujet"
    ),
}
"""The fields of a header block that a mail program writes above older mail, by what they tell."""
