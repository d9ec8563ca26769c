"""A real Postfix and a real Dovecot on free ports of the loopback, each with a folder and a configuration of its own.

They come with Debian's packages (`.ci/run` installs them) and start only as root, because both change user. Where they
are missing, `missing()` says so and the tests that need them are skipped, loudly.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shared.engines.supervise import free_ports

START_SECONDS = 20.0
"""Both are there within one second on a quiet machine."""
PASSWORD = "secret"
_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
# What is for gone.example is taken, brought to us, and refused there: so Postfix has a bounce to write.
relay_domains = inline:{{ alarmes.example=x, client.example=x, gone.example=x }}
transport_maps = inline:{{ alarmes.example=lmtp:inet:127.0.0.1:{lmtp}, client.example=lmtp:inet:127.0.0.1:{customers},
    gone.example=lmtp:inet:127.0.0.1:{lmtp} }}
lmtp_destination_recipient_limit = 1
smtpd_recipient_restrictions = check_recipient_access inline:{{
    {{ grey@client.example = 450 4.2.0 Greylisted, try again later }}
    {{ nobody@client.example = 550 5.1.1 No such user }} }}, permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
# A mail that got 451 is tried again within seconds, not within minutes; and not within the second in which it was put
# off: the queue manager, which counts whole seconds, would find it still locked by who put it off, and leave it alone
# for five minutes.
queue_run_delay = 1s
minimal_backoff_time = 2s
maximal_backoff_time = 2s
lmtp_destination_concurrency_failed_cohort_limit = 1000
# No flush service runs here, and who puts a mail off would keep it locked while waiting for that service.
fast_flush_domains =
"""
_MASTER = """\
{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""
_DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:~/Maildir
mail_uid = {user}
mail_gid = {user}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


def missing() -> str:
    """Return why the real servers can't run here, or an empty text."""
    gone = [name for name in ("postfix", "dovecot") if shutil.which(name, path="/usr/sbin:/usr/bin") is None]
    if gone:
        return f"{' and '.join(gone)} not installed: MAIL IS NOT TESTED AGAINST REAL SERVERS"
    return "" if os.geteuid() == 0 else "not root: Postfix and Dovecot can't start; MAIL IS NOT TESTED AGAINST THEM"


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that the servers' own users can reach, which pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="sav-mail-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postfix(ports: Mapping[str, int], main: str = "", master: str = "") -> Iterator[Path]:
    """Run Postfix: it listens on `smtp`, brings us our mail on `lmtp`, and the customers theirs on `customers`.

    `main` and `master` are further lines of its two configuration files.
    """
    with _folder() as folder:
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "etc" / "main.cf").write_text(_MAIN.format(folder=folder, **ports) + main)
        (folder / "etc" / "master.cf").write_text(_MASTER.format(**ports) + master)
        command = ["/usr/sbin/postfix", "-c", str(folder / "etc")]
        subprocess.run([*command, "start"], check=True, capture_output=True)
        try:
            _until_open(ports["smtp"], folder / "log")
            yield folder
        finally:
            subprocess.run([*command, "stop"], check=False, capture_output=True)
            # pytest keeps it, and shows it under a test that failed.
            sys.stdout.write(_said(folder / "log"))


@contextmanager
def dovecot(ports: Mapping[str, int], more: str = "") -> Iterator[Path]:
    """Run Dovecot: every address has a mailbox, `imap` shows it and `customers` (LMTP) fills it.

    `more` are further lines of its configuration.
    """
    with _folder() as folder:
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "nobody")
        configuration = folder / "dovecot.conf"
        configuration.write_text(
            _DOVECOT.format(folder=folder, imap=ports["imap"], lmtp=ports["customers"], password=PASSWORD, user=65534)
            + more
        )
        process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(configuration)], stderr=subprocess.DEVNULL)
        try:
            _until_open(ports["imap"], folder / "log")
            yield folder
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _until_open(port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}:\n{_said(log)}")


def _said(log: Path) -> str:
    return log.read_text() if log.exists() else "no log"


def ports() -> dict[str, int]:
    """Return free ports for everything."""
    return dict(zip(("smtp", "lmtp", "imap", "customers"), free_ports(4), strict=True))
