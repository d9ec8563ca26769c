"""Staff see photos and hear voicemails, and what a stranger sent runs nowhere and is fetched from nowhere else (R1)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from adapters.kept import KeptInFolder
from adapters.phone.piece import POLICY, hash_in, part_asked, piece_of
from adapters.phone.recordings import RECORDING_BYTES, Recordings
from tests.requirements import requirement
from tests.unit.phone.kit import MemoryKept, Phone
from tests.unit.portal.kit import know
from tests.unit.services.desk import lives

JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 10
MP3 = b"ID3\x03" + bytes(range(200))
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
VOICE = "https://cdn.operateur.example/vm.mp3"


def phone_with(*contents: bytes, elsewhere: tuple[str, ...] = ()) -> tuple[Phone, list[str]]:
    """A phone adapter whose only ticket has these pieces."""
    phone = Phone()
    names = [phone.kept.put(content) for content in contents]
    ticket = know(phone.tickets, ("intake", [lives.OPENED]), ticket="t-1")
    pieces = (*(f"sha256:{name}" for name in names), *elsewhere)
    phone.tickets.there["t-1"] = ticket.model_copy(
        update={"intake": ticket.intake.model_copy(update={"pieces": pieces})}
    )
    return phone, names


def get(phone: Phone, path: str, **headers: str) -> httpx2.Response:
    answer: httpx2.Response = phone.operator().get(path, headers=headers)
    return answer


@requirement("R1")
def test_a_photo_is_shown_and_a_voicemail_is_played_on_the_tickets_page() -> None:
    phone, (photo, voice) = phone_with(JPEG, MP3)
    page = get(phone, f"/poste/pieces?dossier={lives.NUMBER.lower()}")

    assert page.status_code == 200
    assert f'<img src="/poste/piece/{photo}"' in page.text
    assert f'<audio controls preload="none" src="/poste/piece/{voice}"' in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "kind", "how"),
    [
        (JPEG, "image/jpeg", "inline"),
        (b"\x89PNG\r\n\x1a\n rest", "image/png", "inline"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "inline"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav", "inline"),
        (MP3, "audio/mpeg", "inline"),
        (b"\xff\xfb\x90\x00 frame", "audio/mpeg", "inline"),
        (b"OggS rest", "audio/ogg", "inline"),
        (HTML, "application/octet-stream", "attachment"),
        (SVG, "application/octet-stream", "attachment"),
        (b"%PDF-1.7", "application/octet-stream", "attachment"),
        (b"From: x\r\n\r\nraw mail", "application/octet-stream", "attachment"),
        (b"", "application/octet-stream", "attachment"),
    ],
)
def test_a_piece_has_the_type_of_its_own_bytes_and_what_is_none_is_only_saved(
    content: bytes, kind: str, how: str
) -> None:
    phone, (name,) = phone_with(content)
    answer = get(phone, f"/poste/piece/{name}")

    assert answer.content == content
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith(f'{how}; filename="piece-{name[:12]}.')
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/poste/pieces", f"/poste/pieces?dossier={lives.NUMBER}", "/poste/piece/" + "0" * 64])
def test_nobody_sees_a_piece_without_the_operators_password(path: str) -> None:
    phone, _ = phone_with(JPEG)
    assert phone.operator(password="faux").get(path).status_code == 401
    phone.restart(operator_password="")
    assert phone.operator().get(path).status_code == 404


@pytest.mark.parametrize("name", ["0" * 64, "..%2f..", "sha256:x", "%2e%2e%2fetc", "é", "0" * 63, "A" * 64])
def test_a_name_that_is_no_hash_of_ours_leads_nowhere(name: str) -> None:
    phone, _ = phone_with(JPEG)
    assert get(phone, f"/poste/piece/{name}").status_code == 404


def test_a_damaged_file_is_not_shown_as_the_one_that_was_kept(tmp_path: Path) -> None:
    kept = KeptInFolder(tmp_path)
    name = kept.put(JPEG)
    (tmp_path / name[:2] / name[2:]).write_bytes(HTML)
    with pytest.raises(KeyError):
        kept.get(name)


def test_a_piece_that_is_not_here_or_lies_elsewhere_is_said_and_not_linked() -> None:
    phone, _ = phone_with(elsewhere=("sha256:" + "0" * 64, VOICE, "javascript:alert(1)"))
    page = get(phone, f"/poste/pieces?dossier={lives.NUMBER}")

    assert "n’est pas dans le dossier des pièces" in page.text
    assert VOICE in page.text
    assert "javascript" not in page.text
    assert "<img" not in page.text and f'href="{VOICE}' not in page.text


@pytest.mark.parametrize(("asked", "status"), [("", 200), ("26-000-000-A", 404), ("<b>", 404)])
def test_a_number_that_is_none_is_answered_with_the_same_page(asked: str, status: int) -> None:
    phone, _ = phone_with(JPEG)
    answer = phone.operator().get("/poste/pieces", params={"dossier": asked})
    assert answer.status_code == status
    assert "<b>" not in answer.text.partition("<main")[2]


def test_the_page_says_so_where_the_read_model_is_away() -> None:
    phone, _ = phone_with(JPEG)
    phone.tickets.away = True
    assert get(phone, f"/poste/pieces?dossier={lives.NUMBER}").status_code == 503


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 9)),
        ("bytes=0-0", (0, 0)),
        ("bytes=9-", (9, 9)),
        ("bytes=10-", None),
        ("bytes=2-99", (2, 9)),
        ("bytes=5-4", None),
        ("bytes=-3", None),
        ("bytes=0-1,3-4", None),
        ("octets=0-1", None),
        ("", None),
    ],
)
def test_a_player_may_ask_for_a_part_and_gets_the_whole_for_anything_else(
    header: str, part: tuple[int, int] | None
) -> None:
    assert part_asked(header, 10) == part


def test_a_part_is_answered_as_a_part() -> None:
    phone, (name,) = phone_with(MP3)
    answer = get(phone, f"/poste/piece/{name}", range="bytes=10-19")
    assert (answer.status_code, answer.content) == (206, MP3[10:20])
    assert answer.headers["content-range"] == f"bytes 10-19/{len(MP3)}"
    assert answer.headers["content-type"] == "audio/mpeg"


def test_a_recordings_name_is_its_hash_with_or_without_a_prefix() -> None:
    assert hash_in("a" * 64) == hash_in(f"sha256:{'a' * 64}") == "a" * 64
    assert hash_in("sha256:" + "a" * 65) == hash_in("") == hash_in(VOICE) == ""
    assert piece_of(b"\xff\xd8").is_shown is False


@requirement("R2")
def test_a_recording_is_kept_while_its_address_is_alive_and_the_request_names_what_is_kept() -> None:
    phone = Phone()
    phone.recordings[VOICE] = MP3
    phone.event("voicemail", recording=VOICE, transcription="L'alarme est muette.")

    (request,) = phone.door.taken
    assert request.form["recording"] == f"sha256:{phone.kept.put(MP3)}"


def test_a_recording_that_cannot_be_fetched_keeps_its_address_and_the_call_is_told_all_the_same() -> None:
    phone = Phone()
    phone.event("voicemail", recording=VOICE, transcription="L'alarme est muette.")

    (request,) = phone.door.taken
    assert (request.form["recording"], phone.asked_for) == (VOICE, [VOICE])


@pytest.mark.parametrize(
    "address",
    [
        "http://cdn.operateur.example/vm.mp3",
        "https://autre.example/vm.mp3",
        "https://cdn.operateur.example.autre.example/vm.mp3",
        "https://autre.example@169.254.169.254/",
        "https://x@cdn.operateur.example/vm.mp3",
        "https://cdn.operateur.example:8443/vm.mp3",
        "https://cdn.operateur.example:99999/vm.mp3",
        "file:///etc/passwd",
        "ftp://cdn.operateur.example/vm.mp3",
        "sha256:" + "0" * 64,
        "//cdn.operateur.example/vm.mp3",
        "",
    ],
)
def test_no_address_is_asked_that_the_settings_do_not_name(address: str) -> None:
    asked: list[str] = []

    def get_it(one: str) -> bytes:
        asked.append(one)
        return MP3

    recordings = Recordings(MemoryKept(), "cdn.operateur.example", get_it)
    assert asyncio.run(recordings.kept_name(address)) == address
    assert asked == []


@pytest.mark.parametrize(
    ("content", "is_kept"),
    [(b"", False), (b"x", True), (b"x" * RECORDING_BYTES, True), (b"x" * (RECORDING_BYTES + 1), False)],
)
def test_a_recording_has_a_size_that_a_message_can_have(content: bytes, is_kept: bool) -> None:
    kept = MemoryKept()
    name = asyncio.run(Recordings(kept, "cdn.operateur.example", lambda _: content).kept_name(VOICE))
    assert name.startswith("sha256:") is is_kept
    assert bool(kept.there) is is_kept


def test_without_hosts_nothing_is_asked_of_anybody() -> None:
    assert not Recordings(MemoryKept(), "").is_allowed(VOICE)
    assert not Recordings(MemoryKept(), " , ").is_allowed("https:///vm.mp3")


@requirement("R1")
def test_the_read_model_lists_photos_attachments_and_the_recording_of_a_request_once_each() -> None:
    form = {"photos": f"sha256:{'a' * 64} sha256:{'b' * 64}", "files": f"{'c' * 64}\n{'c' * 64}", "recording": VOICE}
    phone = Phone()
    opened = lives.OPENED.model_copy(update={"form": {**form, "symptom": "autre"}})

    ticket = know(phone.tickets, ("intake", [opened]), ticket="t-1")

    assert ticket.intake.pieces == (f"sha256:{'a' * 64}", f"sha256:{'b' * 64}", "c" * 64, VOICE)
