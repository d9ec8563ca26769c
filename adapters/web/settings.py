"""What the environment says of the pages: addresses, keys, limits. Read by `sav portal serve` and the mail adapter.

`SAV_PORTAL_KEYS` is what every link rests on: whoever has a key can answer for any customer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_CHARACTERS = 32
"""Shortest key: 128 bits where it is written in hexadecimal."""


def _long_enough(keys: SecretStr) -> SecretStr:
    if any(len(one) < KEY_CHARACTERS for one in split_keys(keys)):
        raise ValueError(f"each key has at least {KEY_CHARACTERS} characters; the newest stands first, before a comma")
    return keys


def split_keys(keys: SecretStr) -> tuple[str, ...]:
    """Return the keys one by one, newest first: the first one signs, all are believed."""
    return tuple(one for one in (part.strip() for part in keys.get_secret_value().split(",")) if one)


Keys = Annotated[SecretStr, AfterValidator(_long_enough)]


class PortalSettings(BaseSettings):
    """Settings of the portal, each a variable that begins with `SAV_PORTAL_`."""

    model_config = SettingsConfigDict(env_prefix="SAV_PORTAL_", extra="ignore")

    keys: Keys = SecretStr("")
    """Keys of links and nonces, newest first, by commas. To rotate: put one before, drop the last after 90 days."""
    phone: str = ""
    """The dedicated number (R1), in E.164: the way out of every page where something fails."""
    host: str = "127.0.0.1"
    """This machine alone unless a reverse proxy on another one brings TLS."""
    port: int = Field(default=8080, ge=0, le=65535)
    proxies: str = "127.0.0.1"
    """Addresses of the reverse proxies whose `X-Forwarded-For` is believed, separated by commas."""
    spool: Path = Path(".sav/spool/portal")
    """Where requests wait while Kafka is away; a folder of this process alone."""
    uploads: Path = Path(".sav/attachments")
    """Where photos are kept, each under its own hash; may be the folder of the mail's attachments."""
    forms_an_hour: int = Field(default=20, ge=1)
    """Forms sent from one address: a household or an office behind one router has no twenty faults in an hour."""
    pages_a_minute: int = Field(default=60, ge=1)
    """Pages of links asked for by one address: a person opens one every few seconds at most."""
    network_times: int = Field(default=10, ge=1)
    """How many times one address's share a whole network (/24, /48) has: an operator's shared addresses, a campus."""
    mails_an_hour: int = Field(default=5, ge=1)
    """Forms that give one e-mail address: each is acknowledged there, and nobody may fill another's mailbox by us."""

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Every key, newest first. Empty where none is set: then nothing may be served."""
        return split_keys(self.keys)
