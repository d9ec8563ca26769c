"""Encryption and login towards a real Postfix and a real Dovecot: used where asked for.

Who is not who he says he is gets neither a password nor a mail, and nothing is lost by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from imap_tools import MailBoxUnencrypted

from adapters.email.fetch import Fetcher
from adapters.email.mailbox import Mailbox, MailboxAway
from adapters.email.relay import Relay
from adapters.email.settings import MailSettings
from shared.engines.supervise import free_ports
from tests.requirements import requirement
from tests.support.certificates import OPENSSL, Server, authority, server
from tests.support.mail import ADDRESS, CUSTOMER, KEY, Post, mail, to_send
from tests.support.mail_servers import PASSWORD, dovecot, missing, ports, postfix

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.skipif(OPENSSL is None, reason="no openssl: TLS IS NOT TESTED AGAINST REAL SERVERS"),
]
# Postfix asks Dovecot whether a login is right, and lets nobody in who has none.
_MAIN = """
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
"""
_MASTER = """\
{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
"""
_DOVECOT = """
ssl = yes
auth_failure_delay = 0
ssl_cert = <{certificate}
ssl_key = <{key}
# Who guesses a password waits longer each time; this test does it on purpose.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
service imap-login {{
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
  }}
}}
"""


@dataclass(frozen=True)
class Servers:
    """Where both listen, and who vouches for them."""

    ports: dict[str, int]
    ca: Path
    stranger: Path
    """An authority that vouches for nobody here."""

    def settings(self, **changes: object) -> MailSettings:
        """What an operator would set for them."""
        fields: dict[str, object] = {
            "mail_address": ADDRESS,
            "mail_keys": KEY,
            "mail_ca": self.ca,
            "mail_relay_host": "127.0.0.1",
            "mail_relay_port": self.ports["smtp"],
            "mail_relay_security": "starttls",
            "mail_relay_user": "sav",
            "mail_relay_password": PASSWORD,
            "mail_imap_host": "127.0.0.1",
            "mail_imap_port": self.ports["imaps"],
            "mail_imap_security": "tls",
            "mail_imap_user": "sav",
            "mail_imap_password": PASSWORD,
            "replica": "here",
        }
        return MailSettings(**(fields | changes))  # type: ignore[arg-type]


def _fill(template: str, one: Server, numbers: dict[str, int]) -> str:
    return template.format(certificate=one.certificate, key=one.key, **numbers)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Both servers, each with a certificate for the loopback's address."""
    folder = tmp_path_factory.mktemp("certificates")
    ca, stranger = authority(folder, "ca"), authority(folder, "stranger")
    shown = server(folder, ca, "IP:127.0.0.1")
    numbers = ports() | dict(zip(("smtps", "imaps", "auth"), free_ports(3), strict=True))
    with (
        dovecot(numbers, _fill(_DOVECOT, shown, numbers)),
        postfix(numbers, _fill(_MAIN, shown, numbers), _MASTER.format(**numbers)),
    ):
        yield Servers(numbers, ca.certificate, stranger.certificate)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """The mail's two ways on stores in memory."""
    return Post(tmp_path)


def relayed(post: Post, settings: MailSettings) -> None:
    """Let it leave by the relay of these settings."""
    post.sender._settings, post.sender._relay = settings, Relay(settings)


@requirement("R3")
@pytest.mark.parametrize(("security", "port"), [("starttls", "smtp"), ("tls", "smtps")])
async def test_a_message_leaves_by_an_encrypted_line_after_a_login(
    servers: Servers, post: Post, security: str, port: str
) -> None:
    relayed(post, servers.settings(mail_relay_security=security, mail_relay_port=servers.ports[port]))
    await post.ask(to_send())

    assert post.said() == ["accepted"]


@requirement("R3")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mail_relay_password": "wrong"}, "535"),
        ({"mail_ca": "stranger"}, "certificate verify failed"),
        ({"mail_ca": None}, "certificate verify failed"),
        ({"mail_relay_host": "localhost"}, "Hostname mismatch"),
        ({"mail_relay_security": "none"}, "AUTH extension is not supported"),
    ],
    ids=["a wrong password", "another authority", "the machine's own authorities", "another name", "no encryption"],
)
async def test_a_relay_that_cannot_be_trusted_or_lets_us_not_in_is_told_and_the_message_waits(
    servers: Servers, post: Post, changes: dict[str, object], told: str
) -> None:
    if changes.get("mail_ca") == "stranger":
        changes = {"mail_ca": servers.stranger}
    relayed(post, servers.settings(**changes))
    event = to_send("reminder", resolution=1)
    await post.ask(event)
    concluded = await post.outbox.outcome(event.message, 1)
    assert concluded is not None
    assert (concluded["result"], told in concluded["reason"], post.said()) == ("retry", True, [])

    # The operator mends it; nothing was lost, and nobody was told that it failed.
    relayed(post, servers.settings())
    post.clock.walk(minutes=1)
    await post.run()
    assert post.said() == ["accepted"]


@requirement("R3")
async def test_a_login_that_stays_refused_becomes_a_persons_task_with_the_relays_words(
    servers: Servers, post: Post
) -> None:
    relayed(post, servers.settings(mail_relay_password="wrong"))
    await post.ask(to_send(send_by=post.clock.at + timedelta(minutes=10)))
    for _ in range(4):
        post.clock.walk(minutes=5)
        await post.run()

    (report,) = post.door.reports
    assert (report.status, "535" in report.reason) == ("failed", True)


@requirement("R2")
@pytest.mark.parametrize(("security", "port"), [("tls", "imaps"), ("starttls", "imap")])
async def test_a_mailbox_is_read_by_an_encrypted_line(servers: Servers, post: Post, security: str, port: str) -> None:
    user = f"sav-{security}"

    def put() -> None:
        with MailBoxUnencrypted("127.0.0.1", servers.ports["imap"]).login(user, PASSWORD) as box:
            box.append(mail(message_id=f"<{security}@client.example>"))

    await asyncio.to_thread(put)
    number = servers.ports[port]
    box = Mailbox(servers.settings(mail_imap_user=user, mail_imap_security=security, mail_imap_port=number))
    assert await Fetcher(box, post.incoming, post.memory, post.door, post.clock).round() == 1
    await asyncio.to_thread(box.close)

    assert [request.personal.email for request in post.door.requests] == [CUSTOMER]


@requirement("R2")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mail_ca": "stranger"}, "certificate verify failed"),
        ({"mail_ca": None}, "certificate verify failed"),
        ({"mail_imap_host": "localhost"}, "Hostname mismatch"),
        ({"mail_imap_password": "wrong"}, "AUTHENTICATIONFAILED"),
    ],
    ids=["another authority", "the machine's own authorities", "another name", "a wrong password"],
)
async def test_a_mailbox_that_cannot_be_trusted_or_lets_us_not_in_is_told_and_silence_is_not_claimed(
    servers: Servers, post: Post, changes: dict[str, object], told: str
) -> None:
    if changes.get("mail_ca") == "stranger":
        changes = {"mail_ca": servers.stranger}
    box = Mailbox(servers.settings(**changes))
    with pytest.raises(MailboxAway, match=told):
        await Fetcher(box, post.incoming, post.memory, post.door, post.clock).round()

    assert post.door.heard_until is None


def test_a_file_of_certificates_that_is_none_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for named in (tmp_path / "ca.pem", tmp_path / "nowhere.pem"):
        with pytest.raises(ValueError, match="SAV_MAIL_CA"):
            Relay(MailSettings(mail_ca=named))
