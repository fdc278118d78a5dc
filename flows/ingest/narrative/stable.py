"""The one text of a document that every offset refers to: what is printed, without the accidents of its encoding."""

from __future__ import annotations

import re
import unicodedata

_SPACES = "\t\v\x1f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Marks that show nothing: byte order mark, word joiner, zero-width space, and the marks of writing direction.
_INVISIBLE = "\ufeff\u2060\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st"}
_TABLE = str.maketrans(
    {
        **{chr(code): None for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))},
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_INVISIBLE),
        **_LIGATURES,
        "\ufb06": "st",
        "\n": "\n",
        "\x85": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
        "\f": "\n",
        "\u00ad": None,
        # Half of a character of a damaged UTF-16 text; no database takes it.
        **{chr(code): "\ufffd" for code in range(0xD800, 0xE000)},
    }
)
_SOFT_HYPHEN_AT_END = re.compile("\u00ad[ \t]*\n[ \t]*")
_PLAIN = re.compile(r"[\n -~]*")


def stabilise(text: str) -> str:
    """Text in NFC with plain spaces and line feeds, ligatures resolved, soft hyphens and invisible marks left out.

    Nothing else changes; the result stays the same when stabilised again.
    """
    if _PLAIN.fullmatch(text):
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\u00ad" in text:
        text = _SOFT_HYPHEN_AT_END.sub("", text)
    return unicodedata.normalize("NFC", text.translate(_TABLE))


def one_line(text: str) -> str:
    """Stable text with every run of white space as one space, none at the ends."""
    return " ".join(stabilise(text).split())
