"""Rows about mail and files, on the real mail programs: F6, F7, F28 to F30, F34.

Mail comes in by LMTP, as the company's server brings it, and goes out to a sink that answers as a row tells it.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from adapters.email.child import LARGEST_BYTES
from adapters.email.mail import understood
from shared.engines.supervise import Child, free_ports
from tests.chaos.proxy import Proxy
from tests.chaos.rows_time import FIVE_DAYS, REMINDED, Time, common, say_channels, solve
from tests.chaos.scene import CAST, Broken, Scene
from tests.support.mail import ADDRESS, bounce, mail
from tests.support.mail_programs import Programs
from tests.support.smtp_sink import Sink

LISTENING = '"event": "ready"'
MOST_MEMORY = 600 << 20
"""Bytes: a mail of 25 MiB in hand some ten times over, above 100 MiB of Python and its libraries."""
LEAST_TRIES = 4
"""Within the half hour of an acknowledgement, by the back-off of 1, 2, 5 and 10 minutes."""
_MEMORY = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass
class Mail:
    """The mail programs of a scene, the relay that they send to, and customers who write."""

    scene: Scene
    sink: Sink
    programs: Programs
    port: int
    starts: Counter[str] = field(default_factory=Counter)

    async def start(self, program: str, **variables: str) -> Child:
        """Start a program, or start it again, and wait until it is at work."""
        self.starts[program] += 1
        relay = {"SAV_MAIL_RELAY_HOST": "127.0.0.1", "SAV_MAIL_RELAY_PORT": str(self.sink.port)}
        listening = {"SAV_MAIL_LISTEN_PORT": str(self.port)}
        everywhere = self.scene.cast.everywhere
        child = self.programs.start(program, **(relay | listening | everywhere | variables))
        await self.scene.says(child, LISTENING, 90.0, self.starts[program])
        return child

    def raw(self, name: str, text: str = "La sirène hurle.", more: bytes = b"") -> bytes:
        """A mail of a customer of this name, the same each time; `more` is a further part."""
        key = f"{name}@client.example"
        plain = mail(text, message_id=f"<{key}>", sender=f"{name} <{key}>")
        if not more:
            return plain
        head, _, body = plain.partition(b"MIME-Version: 1.0\r\n")
        first = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        return head + first + body + b"\r\n" + more

    async def write(self, name: str, text: str = "La sirène hurle.", *, counts: bool = True) -> int:
        """A customer of this name writes; return the answer to the final dot, 0 where none came."""
        key = f"{name}@client.example"
        code = await self.bring(self.raw(name, text))
        if code == 250 and counts:
            self.scene.keys.append(key)
        return code

    async def bring(self, raw: bytes, recipient: str = ADDRESS) -> int:
        """The company's server brings a mail."""
        return await asyncio.to_thread(_brought, self.port, recipient, raw)

    async def until(self, so: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait until something is so."""
        ends = asyncio.get_running_loop().time() + seconds
        while not so():
            if asyncio.get_running_loop().time() > ends:
                tails = "\n".join(child.log_tail() for child in self.programs.running)
                raise Broken(f"not within {seconds:.0f} s: {what}\n{tails}")
            await asyncio.sleep(0.05)

    def sent_to(self, name: str) -> list[bytes]:
        """What the relay was handed for a customer."""
        return [raw for raw in self.sink.mails if understood(raw).to[0].address == f"{name}@client.example"]

    def tries(self, name: str) -> int:
        """How often the relay was asked to take something for a customer."""
        return sum(f"RCPT TO:<{name}@" in line for line in self.sink.commands)

    def attempts(self, result: str) -> int:
        """How many attempts ended so, as the sender's log tells."""
        said = self.programs.log("send").splitlines()
        return sum('"event": "attempt"' in line and f'"result": "{result}"' in line for line in said)


def _brought(port: int, recipient: str, raw: bytes) -> int:
    try:
        with smtplib.LMTP("127.0.0.1", port, timeout=60) as client:
            client.ehlo()
            client.mail("")
            client.rcpt(recipient)
            return client.data(raw)[0]
    except (smtplib.SMTPServerDisconnected, OSError):
        return 0


@asynccontextmanager
async def _mail(scene: Scene) -> AsyncIterator[Mail]:
    """Put the mail programs' surroundings into a scene; its processes end with it."""
    scene.office.leaves.add("email")
    (port,) = free_ports(1)
    async with Sink() as sink:
        yield Mail(scene, sink, Programs(scene.cast, scene.cast.folder, scene.cast.running), port)


async def _at_work(scene: Scene, mail: Mail, **sending: str) -> Child:
    """Start the stages and both programs; return the receiver."""
    for service in CAST:
        scene.cast.enter(service)
    receiving = await mail.start("receive")
    await mail.start("send", **sending)
    return receiving


async def f6(scene: Scene) -> str:
    """kill -9 of the sender before the final dot, and after it before its note; the same mail goes out again."""
    async with _mail(scene) as mail:
        await _at_work(scene, mail)
        sending = scene.cast.running[-1]
        mail.sink.answers = {"DATA before@client.example": "HANG", "DOT after@client.example": "HANG"}
        await mail.write("before")
        await mail.write("after")
        both = lambda: mail.sink.commands.count("DATA") == 2 and bool(mail.sent_to("after"))  # noqa: E731
        await mail.until(both, "both are on their way")
        scene.cast.strike(sending)
        mail.sink.answers = {}
        await mail.start("send")
        await mail.until(lambda: bool(mail.sent_to("before")), "the first goes out after all")
        await mail.until(lambda: len(mail.sent_to("after")) == 2, "nobody knew of the second, so it goes out again")
        await scene.calm()
        copies = mail.sent_to("after")
        if len(set(copies)) != 1 or len(mail.sent_to("before")) != 1:
            raise Broken(f"{len(set(copies))} different mails, {len(mail.sent_to('before'))} of the one never sent")
    return "envoi tué avant le point final (1 exemplaire) et après (2 exemplaires identiques, même Message-ID)"


async def f7(scene: Scene) -> str:
    """kill -9 of the receiver after its spool has a mail, before and after its answer: each becomes one ticket."""
    async with _mail(scene) as mail, Proxy(mail.port) as line:
        for service in CAST:
            scene.cast.enter(service)
        await mail.start("send")
        receiving = await _without_kafka(mail)
        client = await asyncio.to_thread(_until_data, line.port)
        line.hold(up=False)  # the answer to the final dot is lost on its way
        raw = mail.raw("before")
        await asyncio.to_thread(client.send, raw + b"\r\n.\r\n")
        await scene.says(receiving, '"where": "spool"')
        scene.cast.strike(receiving)
        scene.kit.kafka_proxy.heal()
        client.close()
        receiving = await _without_kafka(mail)
        again, after = await mail.write("before"), await mail.write("after")
        spooled = receiving.log.read_text().count('"where": "spool"')
        scene.cast.strike(receiving)
        await scene.kit.heal()
        await mail.start("receive")
        await scene.calm()
        if (again, after) != (250, 250) or spooled < 2:
            raise Broken(f"answers {again} and {after}, {spooled} mails in the spool")
    return f"tué avant et après sa réponse, {spooled} courriels sur disque : un dossier chacun"


async def _without_kafka(mail: Mail) -> Child:
    """Start the receiver, then take Kafka away from it: what it accepts from now on lies on its disk alone."""
    kit = mail.scene.kit
    receiving = await mail.start("receive", SAV_KAFKA=kit.through_kafka)
    kit.kafka_proxy.refuse = True
    kit.kafka_proxy.reset()
    return receiving


def _until_data(port: int) -> smtplib.LMTP:
    """Return a conversation that waits for a mail's bytes."""
    client = smtplib.LMTP("127.0.0.1", port, timeout=60)
    client.ehlo()
    client.mail("")
    client.rcpt(ADDRESS)
    client.docmd("data")
    return client


async def f28(scene: Scene) -> str:
    """The relay is away, refuses to talk, hangs after the mail, answers at 10 bytes a second: no mail waits for it."""
    async with _mail(scene) as mail:
        time = common(scene)
        scene.cast.everywhere["SAV_MAIL_RELAY_SECONDS"] = "8"  # a wait that a row can afford
        await _at_work(scene, mail)
        for count, answer in enumerate(("DROP", "421 4.3.2 shutting down"), 1):
            mail.sink.answers = {"CONNECT": answer}
            await mail.write(f"away{count}")
            await mail.until(partial(_at_least, mail, "retry", count), "the relay is found to be away")
        mail.sink.answers = {
            "DOT hangs@client.example": "HANG",
            **{f"{word} slow@client.example": "SLOW" for word in ("RCPT", "DATA", "DOT")},
        }
        for name in ("hangs", "slow", "other"):
            await mail.write(name)
        await mail.until(lambda: bool(mail.sent_to("other")), "another mail passes")
        if mail.attempts("unknown"):
            raise Broken("the other mail waited for the one that hangs")
        await mail.until(lambda: mail.attempts("unknown") == 1, "the one that hangs is given up")
        mail.sink.answers = {}
        time.jump(timedelta(minutes=3))
        await scene.calm()
        hung = mail.sent_to("hangs")
        if len(set(hung)) != 1:
            raise Broken(f"{len(set(hung))} different mails to the one that hung")
    return f"relais absent, 421, pendu ({len(hung)} exemplaires identiques), 10 o/s : les autres passent"


def _at_least(mail: Mail, result: str, count: int) -> bool:
    return mail.attempts(result) >= count


async def f29(scene: Scene) -> str:
    """The relay says not now for half an hour, 550 and 552: back-off, then a person calls in time."""
    async with _mail(scene) as mail:
        time = common(scene)
        await _at_work(scene, mail)
        mail.sink.answers = {
            "RCPT grey@client.example": "451 4.7.1 greylisted",
            "RCPT later@client.example": "450 4.2.0 try again",
            "RCPT nobody@client.example": "550 5.1.1 no such user",
            "DOT large@client.example": "552 5.3.4 too large",
        }
        for name in ("grey", "later", "nobody", "large", "fine"):
            await mail.write(name, counts=name in ("later", "fine"))
        await mail.until(lambda: mail.attempts("refused") == 2, "550 and 552 are for ever")
        await mail.until(lambda: mail.attempts("retry") == 2, "451 and 450 are not")
        del mail.sink.answers["RCPT later@client.example"]
        failed = [_ticket(scene, name) for name in ("grey", "nobody", "large")]
        for _ in range(60):
            if mail.tries("grey") >= LEAST_TRIES and all(_is_called(scene, one) for one in failed):
                break
            time.jump(timedelta(minutes=1 if mail.tries("grey") < LEAST_TRIES else 5))
            await scene.hear(0.5)
        else:
            raise Broken(f"{mail.tries('grey')} attempts, and nobody was called for {failed}")
        await mail.until(lambda: bool(mail.sent_to("later")), "what was put off goes out")
        tries = mail.tries("grey")
        await scene.calm()
    return f"451 pendant 30 min : {tries} essais, puis une personne ; 550 et 552 : une personne aussitôt"


def _is_called(scene: Scene, ticket: str) -> bool:
    return "needs-attention" in scene.customers.types("intake", ticket)


def _ticket(scene: Scene, name: str) -> str:
    return scene.cast.ticket(f"{name}@client.example")


async def f30(scene: Scene) -> str:
    """A reminder is accepted and comes back after ten minutes, another after three hours: neither closes anything."""
    async with _mail(scene) as mail:
        time = common(scene)
        for service in ("dispatch", "closure"):
            scene.cast.enter(service)
        (pages,) = free_ports(1)
        await _at_work(scene, mail, SAV_HTTP_PORT=str(pages))
        names = ("soon", "late", "kept")
        for name in names:
            await mail.write(name)
        await scene.done()
        await solve(scene, [_ticket(scene, name) for name in names], scene.now())
        await _kinds(mail, "confirmation-request", 3)
        time.jump(REMINDED)
        await _kinds(mail, "reminder", 3)
        for name, lapse in (("soon", timedelta(minutes=10)), ("late", timedelta(hours=3))):
            time.jump(lapse)
            await _comes_back(mail, name)
        time.jump(timedelta(hours=2))  # five hours and ten minutes after the reminders: beyond the grace of four
        said = 'sav_mail_reports_total{service="mail-send",status="delivered"} '
        await _say_until(mail, lambda: _shown(pages, said) >= len(names) + 1, "the third reminder is delivered")
        await scene.hear(2.0)
        time.jump(FIVE_DAYS)
        await _closes(mail, time)
        closed = [understood(raw).to[0].address for raw in mail.sink.mails if _kind(raw) == "closing"]
        if closed != ["kept@client.example"]:
            raise Broken(f"closed: {closed}")
        await scene.calm()
    return "relances revenues après 10 min et 3 h : une personne appelle, rien n'est clos ; la troisième close"


def _shown(port: int, series: str) -> float:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        found = [line for line in answer.read().decode().splitlines() if line.startswith(series)]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


async def _comes_back(mail: Mail, name: str) -> None:
    """The recipient's server reports, to where this very message's bounces come, that it could not deliver it."""
    (place,) = [n for n, raw in enumerate(mail.sink.mails) if _kind(raw) == "reminder" and raw in mail.sent_to(name)]
    raw, to = mail.sink.mails[place], mail.sink.senders[place]
    report = bounce(f"{name}@client.example", understood(raw).message_id, to=to).replace(b"<dsn-", f"<{name}-".encode())
    if (code := await mail.bring(report, to)) != 250:
        raise Broken(f"the report about {name} was answered {code}")


def _kind(raw: bytes) -> str:
    return understood(raw).message_id.partition(".")[2].partition("@")[0]


async def _closes(mail: Mail, time: Time) -> None:
    """Wait for a closing: silence is asked about again every five minutes until every channel has spoken."""
    for _ in range(14):
        with suppress(Broken):
            await _say_until(mail, lambda: any(_kind(raw) == "closing" for raw in mail.sink.mails), "a closing", 8.0)
            return
        time.jump(timedelta(minutes=6))
    raise Broken("nothing closed although every channel was silent")


async def _kinds(mail: Mail, kind: str, count: int) -> None:
    """Wait until so many mails of a kind have gone out."""
    await _say_until(mail, lambda: sum(_kind(raw) == kind for raw in mail.sink.mails) >= count, f"{count} {kind}")


async def _say_until(mail: Mail, so: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
    """Wait until something is so, the other channels speaking all the while; the mail's speaks for itself."""
    ends = asyncio.get_running_loop().time() + seconds
    while not await asyncio.to_thread(so):
        if asyncio.get_running_loop().time() > ends:
            raise Broken(f"not within {seconds:.0f} s: {what}")
        await say_channels(mail.scene, ("phone", "portal"))
        await mail.scene.hear(0.5)


async def f34(scene: Scene) -> str:
    """Mails of every size: the longest words and large files that are taken, and more than is taken of each."""
    async with _mail(scene) as mail:
        receiving = await _at_work(scene, mail)
        sizes = (
            ("250 000 caractères", mail.raw("words", _words(250_000)), 250),
            ("250 001", mail.raw("more", _words(250_001)), 552),
            ("1 Mio - 1", mail.raw("below", _words((1 << 20) - 1, "x")), 552),
            ("1 Mio + 1", mail.raw("above", _words((1 << 20) + 1, "x")), 552),
            ("20 Mo", mail.raw("files", more=_file(20_000_000)), 250),
            ("plus de 25 Mio", mail.raw("over", more=_file(LARGEST_BYTES)), 552),
        )
        answers = {name: await mail.bring(raw) for name, raw, _ in sizes}
        if answers != {name: code for name, _, code in sizes}:
            raise Broken(f"answers: {answers}")
        scene.keys += ["words@client.example", "files@client.example"]
        if (peak := _peak(receiving)) > MOST_MEMORY:
            raise Broken(f"the receiver took {peak >> 20} MiB")
        await scene.calm()
    told = ", ".join(f"{name} : {code}" for name, code in answers.items())
    return f"{told} ; mémoire {peak >> 20} Mio au plus"


def _words(count: int, letter: str = "é") -> str:
    """A text of so many characters, in lines of a hundred."""
    return ((letter * 99 + "\n") * (count // 100 + 1))[: count - 1] + letter


def _file(size: int) -> bytes:
    """A part with a file that makes its mail about so large."""
    head = b'--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename="photo.jpg"\r\n'
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + (b"/9j/" * 19 + b"\r\n") * (size // 78) + b"--b--\r\n"


def _peak(child: Child) -> int:
    """Bytes of memory that a program had at most: of its processes, the one that serves."""
    found = _MEMORY.search(Path(f"/proc/{child.pid}/status").read_text())
    return int(found.group(1)) * 1024 if found else 0
