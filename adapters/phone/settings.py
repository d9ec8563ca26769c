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
    """Keys with which the telephone system signs, oldest first, by commas; the operators' pages use them too."""
    operator_password: SecretStr = SecretStr("")
    """Of the operators' page (any user name: it is written on the note). Empty: that page is not served."""
    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65535)
    proxies: str = "127.0.0.1"
    spool: Path = Path(".sav/spool/phone")
    """Where requests wait while Kafka is away; a folder of this process alone."""
    desk: str = ""
    """Where the switchboard sends a call in business hours, in E.164 or an extension."""
    on_call: str = ""
    """Where a premium customer's call goes out of hours; empty: to the voicemail. The registry knows no rota."""
    mappings: Path | None = None
    """A file like `mappings.json` beside this module, for a telephone system that it does not know."""

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Every key, oldest first."""
        return split_keys(self.keys)
