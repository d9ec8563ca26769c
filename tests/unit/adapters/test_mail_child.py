"""Parsing in children: what a mail breaks is told, and the next mail is read; no child is no mail's fault."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from adapters.email.child import LARGEST_BYTES, NoChild, Parsers, Unreadable
from adapters.email.mail import Mail, understood
from adapters.email.worker import answer
from tests.requirements import requirement
from tests.unit.adapters.mails import raw

MAIL = raw("Subject: Panne", "To: sav@mileo.example", body="La sirène sonne.")
READY = "import os, sys, time, resource, struct\nsys.stdout.buffer.write(b'\\x06'); sys.stdout.buffer.flush()\n"
TAKE = "n = struct.unpack('>cI', sys.stdin.buffer.read(5))[1]; raw = sys.stdin.buffer.read(n)\n"
SAY = "def say(b): sys.stdout.buffer.write(struct.pack('>I', len(b)) + b); sys.stdout.buffer.flush()\n"


def command(tmp_path: Path, code: str) -> tuple[str, str]:
    """A worker that does something else."""
    script = tmp_path / "worker.py"
    script.write_text(code)
    return sys.executable, str(script)


async def test_a_mail_is_read_in_a_child_as_it_is_here() -> None:
    async with Parsers(size=1) as parsers:
        assert await parsers.mail(MAIL) == understood(MAIL)
        assert await parsers.own_words("Oui.\n\nLe 3 mai 2026 à 9:00, SAV a écrit :\n> ?".encode()) == "Oui."


@requirement("R8")
async def test_a_mail_that_takes_too_long_is_unreadable_and_the_next_one_is_read(tmp_path: Path) -> None:
    slow = f"{READY}{SAY}while True:\n    {TAKE.strip()}\n    time.sleep(600) if b'bombe' in raw else say(b'{{}}')\n"
    async with Parsers(size=1, wall_seconds=0.5, command=command(tmp_path, slow)) as parsers:
        assert await parsers.mail(raw(body="bombe")) == Unreadable("too slow")
        assert await parsers.mail(MAIL) == Mail()


async def test_a_mail_that_takes_too_much_of_the_processor_is_unreadable(tmp_path: Path) -> None:
    busy = f"{READY}{TAKE}resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass\n"
    async with Parsers(size=1, command=command(tmp_path, busy)) as parsers:
        assert await parsers.mail(MAIL) == Unreadable("too slow")


async def test_what_ended_a_child_is_told_whoever_notices_first(tmp_path: Path) -> None:
    """Its pipe's end and its own are two pieces of news: forty times, because either may come first."""
    limit = f"{READY}{TAKE}os.kill(os.getpid(), {signal.SIGXCPU.value})\n"
    async with Parsers(size=1, command=command(tmp_path, limit)) as parsers:
        assert {await parsers.mail(MAIL) for _ in range(40)} == {Unreadable("too slow")}


@requirement("R8")
@pytest.mark.parametrize(
    "end",
    ["os._exit(1)", "os.kill(os.getpid(), 11)", "x = bytearray(1 << 40)", "say(b'{}')\nos._exit(0)"],
    ids=["exits", "crashes", "asks for too much memory", "answers once"],
)
async def test_a_mail_that_ends_its_child_is_unreadable_and_the_next_one_is_read(tmp_path: Path, end: str) -> None:
    code = f"{READY}{SAY}{TAKE}resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n{end}\n"
    async with Parsers(size=1, command=command(tmp_path, code)) as parsers:
        for _ in range(2):
            said = await parsers.mail(MAIL)
            assert said == (Mail() if end.startswith("say") else Unreadable("it ended its parser"))


async def test_a_child_that_something_else_ended_costs_no_mail(tmp_path: Path) -> None:
    mark = tmp_path / "ended-once"
    once = f"m = {str(mark)!r}\nif not os.path.exists(m):\n    open(m, 'w').close(); os._exit(9)\n"
    code = f"{READY}{SAY}{TAKE}{once}say(b'{{}}')\n"
    async with Parsers(size=1, command=command(tmp_path, code)) as parsers:
        assert await parsers.mail(MAIL) == Mail()


@pytest.mark.parametrize("answer_of", ["struct.pack('>I', 4_000_000_000)", "b'\\0\\0\\0\\2['"], ids=["long", "cut"])
async def test_a_child_that_answers_nonsense_is_not_believed(tmp_path: Path, answer_of: str) -> None:
    code = f"{READY}{TAKE}sys.stdout.buffer.write({answer_of})\n"
    async with Parsers(size=1, command=command(tmp_path, code)) as parsers:
        assert await parsers.mail(MAIL) == Unreadable("it ended its parser")


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "print('x', end='')"], ids=["exits", "says something else"])
async def test_a_child_that_does_not_come_up_is_no_mails_fault(tmp_path: Path, code: str) -> None:
    async with Parsers(size=1, command=command(tmp_path, code)) as parsers:
        with pytest.raises(NoChild):
            await parsers.mail(MAIL)


@requirement("R2")
async def test_a_child_is_handed_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"SAV_MAIL_KEYS": "a key of sixteen characters", "SAV_MAIL_RELAY_PASSWORD": "x", "AWS_SECRET": "y"}
    for name, value in (secrets | {"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}).items():
        monkeypatch.setenv(name, value)
    tells = (
        f"{READY}{SAY}{TAKE}import json\n"
        "names = [one.split('=')[0] for one in open('/proc/self/environ').read().split(chr(0)) if one]\n"
        "say(json.dumps({'subject': ' '.join(sorted(names))}).encode())\n"
    )
    async with Parsers(size=1, command=command(tmp_path, tells)) as parsers:
        said = await parsers.mail(MAIL)

    assert isinstance(said, Mail)
    names = said.subject.split()
    assert {"PATH", "LANG", "PYTHONDONTWRITEBYTECODE"} <= set(names)
    assert [name for name in names if not (name.startswith("PYTHON") or name in ("PATH", "LANG", "LC_ALL", "TZ"))] == []


async def test_no_program_is_no_mails_fault() -> None:
    async with Parsers(size=1, command=("/nowhere/python",)) as parsers:
        with pytest.raises(NoChild):
            await parsers.mail(MAIL)


async def test_a_mail_of_the_largest_size_is_handed_over_and_a_larger_one_is_not(tmp_path: Path) -> None:
    counts = f'{READY}{SAY}{TAKE}say(b\'{{"subject": "%d"}}\' % len(raw))\n'
    async with Parsers(size=1, command=command(tmp_path, counts)) as parsers:
        assert await parsers.mail(b"x" * (LARGEST_BYTES + 1)) == Unreadable("too large")
        assert await parsers.mail(b"x" * LARGEST_BYTES) == Mail(subject=str(LARGEST_BYTES))


async def test_the_real_child_refuses_memory_and_files(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom adapters.email import worker\n"
        f"def greedy(kind, raw):\n    if b'fichier' in raw:\n        open({str(tmp_path / 'x')!r}, 'w').write('x')\n"
        "    return {'subject': str(len(bytearray(worker.MEMORY_BYTES)))}\n"
        "worker.answer = greedy\nworker.main()\n"
    )
    root = str(Path(__file__).parents[3])
    script = command(tmp_path, f"import sys\nsys.path.insert(0, {root!r})\n{code}")
    async with Parsers(size=1, command=script) as parsers:
        assert await parsers.mail(raw(body="mémoire")) == Unreadable("it ended its parser")
        assert await parsers.mail(raw(body="fichier")) == Unreadable("it ended its parser")
    assert not (tmp_path / "x").exists() or not (tmp_path / "x").read_bytes()


def test_a_bare_text_of_html_is_read_as_html_and_one_with_entities_as_it_stands() -> None:
    assert answer(b"R", b"<div>Oui.</div><blockquote>?</blockquote>") == {"text": "Oui."}
    assert answer(b"R", b"plus de &gt; 100") == {"text": "plus de &gt; 100"}
