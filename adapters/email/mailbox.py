"""One mailbox by IMAP: what `fetch` asks of it, in plain words. Every method blocks: call them in one thread.

It must never mark a mail by merely reading it, nor have the library parse one: a stranger's bytes go to the child.
"""

from __future__ import annotations

import imaplib
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError

from adapters.email.settings import MailSettings

WAIT_SECONDS = 60.0
"""For one answer of the server: a mail of 25 MB over a slow line."""
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxAway(Exception):
    """The server doesn't answer, or says no: the next round tries again."""


class Look(NamedTuple):
    """What a mailbox holds: its validity, the next number that it will give, and its numbers, all and unread."""

    validity: int
    next_uid: int
    uids: list[int]
    unread: set[int]


class Mailbox:
    """A connection to the mailbox that settings name."""

    def __init__(self, settings: MailSettings) -> None:
        """Prepare. Raises ValueError where the settings name no usable certificates."""
        self._settings = settings
        self._tls = settings.tls()
        self._box: BaseMailBox | None = None

    @property
    def name(self) -> str:
        """What the mailbox is called in our notes."""
        one = self._settings
        return f"{one.mail_imap_user}@{one.mail_imap_host}:{one.mail_imap_port}/{one.mail_imap_folder}"

    def look(self) -> Look:
        """Connect if need be and return what is there. Raises `MailboxAway`."""
        try:
            box = self._connected()
            box.folder.set(self._settings.mail_imap_folder)
            status = box.folder.status(self._settings.mail_imap_folder, ["UIDVALIDITY", "UIDNEXT"])
            uids = sorted(int(uid) for uid in box.uids("ALL"))
            unread = {int(uid) for uid in box.uids("UNSEEN")}
            return Look(status["UIDVALIDITY"], status["UIDNEXT"], uids, unread)
        except (ImapToolsError, imaplib.IMAP4.error, OSError, KeyError, ValueError) as error:
            self.close()
            raise MailboxAway(f"{type(error).__name__}: {error}") from error

    def size(self, uid: int) -> tuple[int, datetime | None]:
        """Return a mail's size in bytes, and when the mailbox took it (UTC). Raises `MailboxAway`."""
        answer = self._fetch(uid, "(RFC822.SIZE INTERNALDATE)")
        line = b" ".join(part if isinstance(part, bytes) else part[0] for part in answer if part)
        match = _SIZE.search(line)
        stamp = imaplib.Internaldate2tuple(line)
        at = None
        if stamp is not None:
            with suppress(ValueError, OverflowError):
                at = datetime.fromtimestamp(time.mktime(stamp), UTC)
        if match is None:
            raise MailboxAway(f"no size of mail {uid}")
        return int(match.group(1)), at

    def raw(self, uid: int, most: int) -> bytes:
        """Return a mail's bytes, at most this many, without marking it. Raises `MailboxAway`."""
        for part in self._fetch(uid, f"(BODY.PEEK[]<0.{most}>)"):
            if isinstance(part, tuple):
                return bytes(part[1])
        raise MailboxAway(f"mail {uid} has no bytes")

    def mark_seen(self, uid: int) -> None:
        """Mark a mail as read. Raises `MailboxAway`."""
        try:
            self._connected().flag([str(uid)], [MailMessageFlags.SEEN], True)
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            self.close()
            raise MailboxAway(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        box, self._box = self._box, None
        if box is not None:
            with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
                box.logout()

    def _fetch(self, uid: int, what: str) -> list[Any]:
        try:
            kind, answer = self._connected().client.uid("FETCH", str(uid), what)
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            self.close()
            raise MailboxAway(f"{type(error).__name__}: {error}") from error
        if kind != "OK":
            raise MailboxAway(f"mail {uid}: {kind}")
        return list(answer)

    def _connected(self) -> BaseMailBox:
        if self._box is None:
            one = self._settings
            kinds: dict[str, Any] = {"tls": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}
            # Without a context of ours the library believes any certificate.
            trust: dict[str, Any] = {} if one.mail_imap_security == "none" else {"ssl_context": self._tls}
            box: BaseMailBox = kinds[one.mail_imap_security](
                one.mail_imap_host, one.mail_imap_port, WAIT_SECONDS, **trust
            )
            box.login(one.mail_imap_user, one.mail_imap_password, one.mail_imap_folder)
            self._box = box
        return self._box
