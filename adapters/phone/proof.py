"""How a telephone system that cannot sign as we want it proves that a call by HTTP is its own. Pure.

Called by the webhook for the systems whose mapping names a proof and for which the settings have a secret; all others
must sign as `signature` says. Neither proof has an instant: a copy is harmless because it says nothing new of a call.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl

Proof = Literal["sav", "token", "form"]
"""`sav`: our own signature; `token`: a secret word inside the JSON body; `form`: HMAC-SHA1 over address and form."""
FORM_HEADER = "x-twilio-signature"


def is_proved(proof: Proof, secret: str, address: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a body proves where it comes from; `address` is the whole one that the system was told to call."""
    if not secret:
        return False
    match proof:
        case "token":
            return hmac.compare_digest(_token(body).encode(), secret.encode())
        case "form":
            given = headers.get(FORM_HEADER, "").encode("utf-8", "replace")
            return bool(address) and hmac.compare_digest(_of_form(secret, address, body), given)
        case _:
            return False


def _token(body: bytes) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    token = said.get("token") if isinstance(said, dict) else None
    return token if isinstance(token, str) else ""


def _of_form(secret: str, address: str, body: bytes) -> bytes:
    try:
        fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        fields = []
    signed = address + "".join(name + value for name, value in fields)
    return base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest())
