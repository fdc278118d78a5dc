"""Runs as a process of its own: prints the pieces of text of a PDF with their places, one JSON object a line.

A damaged or hostile PDF can hold up or bring down the C library that reads it; here it brings down nothing else.
Arguments: path, most pages, most characters, most bytes of memory, seconds of processor time. First line: {"pages",
"title"} or {"error", "detail"}; then for each page {"width", "height", "pieces": [[text, left, bottom, right, top]]}.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import sys
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

_PASSWORD_ERRORS = (4, 5)
_MIN_GAP = 0.9
_MIN_OVERLAP = 0.5
_SIZE_CHANGE = 0.2
_STRAIGHT = math.radians(5)
# PDFium's sign for a hyphen at the end of a line.
_HYPHEN = 2


class _Piece:
    __slots__ = ("bottom", "left", "right", "text", "top")

    def __init__(self, sign: str, box: tuple[float, float, float, float]) -> None:
        self.text = [sign]
        self.left, self.bottom, self.right, self.top = box

    def takes(self, box: tuple[float, float, float, float]) -> bool:
        """Whether a character goes on with this piece: same line, same size, no wide gap."""
        left, bottom, _, top = box
        height = self.top - self.bottom
        overlap = min(top, self.top) - max(bottom, self.bottom)
        smaller = min(height, top - bottom)
        if smaller <= 0 or overlap < _MIN_OVERLAP * smaller or abs(height - (top - bottom)) > _SIZE_CHANGE * height:
            return False
        return -0.5 * height <= left - self.right <= _MIN_GAP * height

    def add(self, sign: str, box: tuple[float, float, float, float]) -> None:
        self.text.append(sign)
        self.left = min(self.left, box[0])
        self.bottom = min(self.bottom, box[1])
        self.right = max(self.right, box[2])
        self.top = max(self.top, box[3])

    def listed(self) -> list[Any]:
        places = [round(place, 1) for place in (self.left, self.bottom, self.right, self.top)]
        return ["".join(self.text).strip(), *places]


def _pieces(page: Any, n_chars: int) -> list[list[Any]]:
    handle = page.raw
    rect = pdfium_c.FS_RECTF()
    box_of = pdfium_c.FPDFText_GetLooseCharBox
    sign_of = pdfium_c.FPDFText_GetUnicode
    pointer = ctypes.byref(rect)
    pieces: list[_Piece] = []
    current: _Piece | None = None
    space = False
    for index in range(n_chars):
        code = sign_of(handle, index)
        if code in (10, 13, 0):
            current = None if code else current
            space = False
            continue
        sign = "-" if code == _HYPHEN else chr(code) if code < 0x110000 else "\ufffd"
        if sign.isspace():
            space = True
            continue
        box_of(handle, index, pointer)
        box = (rect.left, rect.bottom, rect.right, rect.top)
        if current is not None and current.takes(box):
            if space:
                current.text.append(" ")
            current.add(sign, box)
        elif abs(math.remainder(pdfium_c.FPDFText_GetCharAngle(handle, index), 2 * math.pi)) < _STRAIGHT:
            current = _Piece(sign, box)
            pieces.append(current)
        else:
            current = None
        space = False
    return [piece.listed() for piece in pieces]


def _limit(n_bytes: int, seconds: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _write(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def main(path: str, max_pages: int, max_chars: int, max_bytes: int, max_seconds: int) -> None:
    """Print what the PDF holds."""
    _limit(max_bytes, max_seconds)
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        reason = "password" if code in _PASSWORD_ERRORS or "assword" in str(error) else "damaged"
        _write({"error": reason, "detail": str(error)})
        return
    n_pages = len(document)
    if n_pages > max_pages:
        _write({"error": "pages", "detail": str(n_pages)})
        return
    _write({"pages": n_pages, "title": document.get_metadata_value("Title")})
    total = 0
    for index in range(n_pages):
        try:
            page = document[index]
            text_page = page.get_textpage()
        except pdfium.PdfiumError:
            _write({"width": 0, "height": 0, "pieces": []})
            continue
        n_chars = text_page.count_chars()
        total += n_chars
        if total > max_chars:
            _write({"error": "chars", "detail": str(total)})
            return
        width, height = page.get_size()
        _write({"width": width, "height": height, "pieces": _pieces(text_page, n_chars)})
        text_page.close()
        page.close()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:6]))
