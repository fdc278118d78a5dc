"""Small PDFs written by hand: lines of text at places, in Helvetica."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842
_LETTER_WIDTH = 0.5


@dataclass(frozen=True)
class Words:
    """Words at a place in points from the lower left corner."""

    text: str
    left: float
    bottom: float
    size: float = 10


def pdf_of(pages: Sequence[Sequence[Words]], title: str = "", encrypted: bool = False) -> bytes:
    """A PDF with these pages."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", _FONT]
    kids = []
    for page in pages:
        stream = b"BT\n" + b"".join(_shown(words) for words in page) + b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (WIDTH, HEIGHT, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects.append(b"<< /Title (%s) >>" % _escaped(title))
    trailer = b"/Info %d 0 R" % len(objects)
    if encrypted:
        key = b"<" + b"5a" * 32 + b">"
        objects.append(b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O %s /U %s >>" % (key, key))
        trailer += b" /Encrypt %d 0 R /ID [<00112233> <00112233>]" % len(objects)
    return assemble(objects, trailer)


def assemble(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF file of numbered objects; the first is the catalogue."""
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n" % (len(objects) + 1, trailer, len(out))
    return out + table + head + b"%%EOF\n"


def column(text: str, left: float, top: float, n_chars: int, size: float = 10) -> list[Words]:
    """Text broken into lines of at most n_chars letters, from the top downwards; "\\n" ends a line, "" leaves one out."""
    placed = []
    bottom = top
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            if line and len(line) + len(word) + 1 > n_chars:
                placed.append(Words(line, left, bottom, size))
                bottom -= 1.2 * size
                line = word
            else:
                line = f"{line} {word}".strip()
        placed.append(Words(line, left, bottom, size))
        bottom -= 1.2 * size
    return [words for words in placed if words.text]


_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def _shown(words: Words) -> bytes:
    return b"/F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj\n" % (words.size, words.left, words.bottom, _escaped(words.text))


def _escaped(text: str) -> bytes:
    raw = text.encode("windows-1252")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
