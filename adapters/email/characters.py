"""Bytes of a mail become characters, read tolerantly: a charset that is missing, wrong or unknown loses no letter.

Called by the other rooms of this package. It must never raise on what a mail contains, nor use a codec that is no
charset: some of Python's (idna, punycode) take the square of the text's length.
"""

from __future__ import annotations

import codecs
import re

_EIGHT_BIT = frozenset({"", "us-ascii", "ascii", "iso-8859-1", "latin-1", "iso-8859-15", "windows-1252", "cp1252"})
"""Declared by mailers that send UTF-8 all the same: what is valid UTF-8 beyond ASCII is none of these."""
_WIDER = {
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
"""What a charset stands for in mails: its letters, and what mailers send under its name (curly quotes, the euro)."""
_ALIASES = {
    "ks_c_5601": "cp949",
    "x-windows-949": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "utf8mb4": "utf-8",
    "windows-874": "cp874",
    "ansi": "cp1252",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_NAME = re.compile(r"[a-z0-9][a-z0-9_.:\-]{0,39}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BYTE_ORDER = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def clean(text: str) -> str:
    """Return text that JSON and databases hold: `\\n` line ends, no control characters or lone surrogates."""
    lines = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", lines))


def codec_for(charset: str) -> str:
    """Return the codec that reads what mails send under this charset's name; empty where there is none."""
    match = _NAME.search(charset.strip().lower())
    name = match.group() if match else ""
    for alias, codec in _ALIASES.items():
        if name.startswith(alias):
            return codec
    try:
        known = codecs.lookup(name).name
        "".encode(known)  # refuses the codecs that are no charset (base64, rot13)
    except (LookupError, ValueError):
        return ""
    return "" if known in _NO_CHARSETS else _WIDER.get(known, known)


def decoded(data: bytes, charset: str) -> str:
    """Return the text of `data`: in its declared charset where that fits, else UTF-8, else Windows-1252."""
    for mark, codec in _BYTE_ORDER:
        if data.startswith(mark):
            return clean(data.decode(codec, "replace"))
    named = codec_for(charset) if charset else ""
    declared = charset.strip("\"' ").lower()
    for name in ("utf-8", named) if declared in _EIGHT_BIT else (named, "utf-8"):
        try:
            return clean(data.decode(name or "utf-8"))
        except (LookupError, ValueError):
            continue
    return clean(_damaged(data, named))


def _damaged(data: bytes, named: str) -> str:
    """What can be read of a text that no charset fits: in the declared one where most of it is good there."""
    candidates = [name for name in (named, "utf-8") if name and not name.startswith(("cp125", "iso8859"))]
    for name in candidates:
        text = data.decode(name, "replace")
        # A cut or garbled text has few bad places among many good letters; one in another charset has no good ones.
        if 2 * text.count("\ufffd") < sum(1 for letter in text if not letter.isascii()):
            return text
    return data.decode("cp1252", "replace")
