"""What the demonstration's screen says, in French, of what the events name in English. Pure data."""

from __future__ import annotations

PROMISES = {"take-charge": "prise en charge", "on-site": "intervention sur site", "restored": "rétablissement"}
RESOLVED = {"remote": "à distance", "on-site": "sur site", "advice": "par un conseil"}
REOPENED = {
    "denied": "« ce n'est pas résolu », dit le client",
    "not-solved": "lu par un technicien : ce n'est pas résolu",
    "reply-before-closing": "le client avait répondu avant la clôture",
    "reply-after-closing": "le client a écrit après la clôture",
}
CLOSED = {"confirmed": "confirmé par le client", "silence": "5 jours de silence après la relance"}
