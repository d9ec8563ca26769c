"""What the switchboard does with a call: the desk, the person on call, or the voicemail and a ticket (R1). Pure.

Called by the webhook, which has 200 ms to answer: everything it needs is in memory.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from adapters.web.answers import is_open_now
from shared.events.base import Model, Tier
from shared.events.requests import Request, RequestPersonal
from shared.policy.model import Policy
from shared.registry import Registry


class Route(Model):
    """The answer to the switchboard."""

    action: Literal["desk", "on-call", "voicemail"]
    number: str = ""
    """Where to; empty for the voicemail, and where the settings name no desk."""
    say: str
    """What the caller hears, in French."""
    tier: Tier = "none"
    customer: str = ""


def route(number: str, now: datetime, policy: Policy, registry: Registry, desk: str) -> Route:
    """Return what to do with a call from a number (E.164, empty where withheld) at `now` (aware)."""
    asked = Request(channel="phone", received_at=now, personal=RequestPersonal(phone=number))
    contract = registry.contract_of(asked)
    on_call = registry.staff.on_call_at(now) if policy.on_call.get(contract.tier) else ()
    if is_open_now(policy, now):
        answer = Route(action="desk", number=desk, say="Nous vous mettons en relation.")
    elif on_call:
        answer = Route(action="on-call", number=on_call[0].phone, say=_ON_CALL)
    else:
        answer = Route(action="voicemail", say=_VOICEMAIL)
    return answer.model_copy(update={"tier": contract.tier, "customer": contract.customer})


_ON_CALL = "Nos bureaux sont fermés. Nous vous passons la personne d’astreinte."
_VOICEMAIL = (
    "Nos bureaux sont fermés. Laissez votre nom, votre numéro et ce qui se passe après le signal\u00a0: votre message "
    "devient un dossier et nous vous répondons."
)
