"""What the environment says of the phone adapter, each a variable that begins with `SAV_PHONE_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.web.settings import Keys, split_keys


class PhoneSettings(BaseSettings):
    """Settings of the phone adapter."""

    model_config = SettingsConfigDict(env_prefix="SAV_PHONE_", extra="ignore")

    keys: Keys = SecretStr("")
    """Keys with which the telephone system signs, newest first, by commas; the operators' pages use them too."""
    secrets: dict[str, SecretStr] = Field(default_factory=dict)
    """JSON object, system to secret: Aircall's webhook token, Twilio's auth token. Others sign with one of `keys`."""
    address: str = ""
    """Where the telephone system reaches us, as `https://appels.exemple.fr`: what Twilio signs begins with it."""
    operator_password: SecretStr = SecretStr("")
    """Of the operators' page (any user name: it is written on the note). Empty: that page is not served."""
    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65535)
    proxies: str = "127.0.0.1"
    spool: Path = Path(".sav/spool/phone")
    """Where requests wait while Kafka is away; a folder of this process alone."""
    kept: Path = Path(".sav/attachments")
    """Where photos, attachments and recordings lie, each under its own hash: the folder of the portal and the mail."""
    recordings: str = ""
    """Hosts, by commas, from which a voicemail's recording is fetched and kept; empty: its address is passed on, and
    may be dead in an hour. Nothing is asked of any other host, whatever a payload says."""
    desk: str = ""
    """Where the switchboard sends a call in business hours, in E.164 or an extension."""
    pager: str = ""
    """Address of the telephone system that calls who is on call; empty: every such call fails, and a person is told."""
    mappings: Path | None = None
    """A file like `mappings.json` beside this module, for a telephone system that it does not know."""

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Every key, newest first."""
        return split_keys(self.keys)
