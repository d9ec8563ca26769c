"""What the environment says to the programs of the mail: addresses, servers, keys. Every variable begins with `SAV_`.

The keys sign the addresses that replies come back to. Whoever has one can write into any ticket's thread: they are
secrets, and a new one is put before the old ones, which go on to verify until the last ticket they signed is forgotten.
"""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from shared.runtime.settings import Settings

_ADDRESS = re.compile(r"[a-z0-9.\-]{1,24}@[a-z0-9.\-]{3,200}")
"""Short enough that what signs it still fits into the 64 characters of a local part."""


class MailSettings(Settings):
    """Settings of `sav mail receive`, `fetch` and `send`."""

    mail_address: str = "sav@localhost.localdomain"
    """The dedicated address: customers write to it, and every message comes from it."""
    mail_name: str = "Service après-vente"
    """What stands beside it."""
    mail_keys: str = ""
    """Signing keys, the newest first, parted by commas; each of 16 characters or more."""
    mail_spool: Path = Path("spool")
    """Folder of what is accepted while Kafka is away: on a disk that survives, one for each process."""
    mail_kept: Path = Path("mail")
    """Folder of raw mails and attachments, under their hashes; the same for every process."""

    mail_listen_protocol: Literal["lmtp", "smtp"] = "lmtp"
    mail_listen_host: str = "127.0.0.1"
    """No login there: only the company's own mail server may reach it."""
    mail_listen_port: int = Field(default=8024, ge=0, le=65535)

    mail_ca: Path | None = None
    """Certificates (a PEM file) that relay and mailbox are trusted by instead of the machine's own: a company's CA."""

    mail_imap_host: str = "localhost"
    mail_imap_port: int = Field(default=993, ge=1, le=65535)
    mail_imap_security: Literal["tls", "starttls", "none"] = "tls"
    mail_imap_user: str = ""
    mail_imap_password: str = ""
    mail_imap_folder: str = "INBOX"
    mail_imap_seconds: float = Field(default=20.0, gt=0)
    """Between two looks: the acknowledgement is promised in 30 minutes, and servers mind being asked every second."""

    mail_relay_host: str = "localhost"
    mail_relay_port: int = Field(default=25, ge=1, le=65535)
    mail_relay_security: Literal["tls", "starttls", "none"] = "none"
    mail_relay_user: str = ""
    mail_relay_password: str = ""
    mail_relay_seconds: float = Field(default=120.0, gt=0)
    """How long one answer of the relay may take; RFC 5321 allows it ten minutes after the final dot, and a person
    waiting for an acknowledgement has thirty."""
    mail_relay_reports_success: bool = False
    """Whether the relay reports successes when asked (RFC 3461; Postfix does). Then a message counts as delivered only
    from such a report on, and one without it is never said to be delivered."""

    @field_validator("mail_address")
    @classmethod
    def _is_short(cls, address: str) -> str:
        if not _ADDRESS.fullmatch(address.lower()):
            raise ValueError("SAV_MAIL_ADDRESS is one address, with at most 24 plain characters before its @")
        return address.lower()

    def tls(self) -> ssl.SSLContext:
        """Return what a server must show before it is told a password: a certificate for its very name.

        Raises ValueError where `SAV_MAIL_CA` names no file of certificates.
        """
        try:
            return ssl.create_default_context(cafile=self.mail_ca)
        except OSError as error:
            raise ValueError(f"SAV_MAIL_CA names no file of certificates: {self.mail_ca} ({error})") from error

    @property
    def keys(self) -> tuple[str, ...]:
        """The signing keys, the newest first. Raises ValueError where one is missing or too short to be a secret."""
        found = tuple(key for one in self.mail_keys.split(",") if (key := one.strip()))
        if not found or any(len(key) < 16 for key in found):
            raise ValueError("SAV_MAIL_KEYS names no key, or one of fewer than 16 characters")
        return found
