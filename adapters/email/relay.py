"""One conversation with the company's mail server: one message handed over, and what is known of it afterwards.

Called by `send`. It must never guess: once the message itself is on its way, an answer that did not come means unknown.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from adapters.email.settings import MailSettings

Result = Literal["accepted", "retry", "refused", "unknown"]
Stage = Literal["conversation", "recipient", "message"]
QUIT_SECONDS = 2.0
"""A polite end; nothing depends on it."""
CONNECT_SECONDS = 20.0
"""Within one network; a server that is too busy to answer by then is asked again later."""
_LONGEST = 300
"""Characters of a server's answer that a person reads."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known after an attempt: the relay has it; try again; it never will; or it may have it."""

    result: Result
    reason: str = ""


class Relay:
    """The company's mail server, as settings name it."""

    def __init__(self, settings: MailSettings) -> None:
        """Prepare. Raises ValueError where the settings name no usable certificates."""
        self._settings = settings
        self._tls = settings.tls()

    async def hand_over(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Hand over one message to one recipient; an empty sender is the null one."""
        settings = self._settings
        client = SMTP(
            hostname=settings.mail_relay_host,
            port=settings.mail_relay_port,
            timeout=settings.mail_relay_seconds,
            use_tls=settings.mail_relay_security == "tls",
            start_tls=settings.mail_relay_security == "starttls",
            tls_context=self._tls,
            local_hostname="sav.invalid",
        )
        stage: Stage = "conversation"
        try:
            async with asyncio.timeout(settings.mail_relay_seconds * 3):
                await client.connect(timeout=CONNECT_SECONDS)
                if settings.mail_relay_user:
                    await client.login(settings.mail_relay_user, settings.mail_relay_password)
                await client.ehlo()
                await client.mail(sender, options=["SMTPUTF8"] if not recipient.isascii() else [], encoding="utf-8")
                stage = "recipient"
                await client.rcpt(recipient, options=self._asked(client, sender), encoding="utf-8")
                stage = "message"
                response = await client.data(mail)
            return Outcome("accepted", response.message[:_LONGEST])
        except SMTPResponseException as error:
            return _answered(error, stage)
        except (SMTPException, OSError, TimeoutError) as error:
            reason = f"{type(error).__name__}: {error}"[:_LONGEST]
            return Outcome("unknown" if stage == "message" else "retry", reason)
        finally:
            # The answer is known: a server that drops the line now changes nothing.
            with suppress(SMTPException, OSError, TimeoutError, RuntimeError):
                async with asyncio.timeout(QUIT_SECONDS):
                    await client.quit()
            client.close()

    def _asked(self, client: SMTP, sender: str) -> list[str]:
        """A report of success is asked for where the relay gives one, and there is an address for it to come to."""
        gives = self._settings.mail_relay_reports_success and client.supports_extension("dsn")
        return ["NOTIFY=SUCCESS,FAILURE"] if sender and gives else []


def _answered(error: SMTPResponseException, stage: Stage) -> Outcome:
    """RFC 5321, 4.2.1: 4 means try again, 5 means never; a code that is neither (-1: none at all) proves nothing.

    A no before the recipient is named (a password that expired, a relay that is closed) is about us, not about the
    message: it waits for an operator.
    """
    said = f"{error.code} {error.message}"[:_LONGEST]
    if 500 <= error.code <= 599 and stage != "conversation":
        return Outcome("refused", said)
    return Outcome("unknown" if stage == "message" and not 400 <= error.code <= 599 else "retry", said)
