"""How much of a narrative file is tolerated, so that a hostile one costs a bounded time and memory."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ingest.sources import MIB


@dataclass(frozen=True, slots=True)
class NarrativeLimits:
    """Bounds of one file and of one document in it.

    file_bytes: a file as it is read, unpacked.   expansion_ratio: unpacked to packed size of a gzip file, looked at
    beyond `ratio_free_bytes`.   document_bytes: a file that is one document (text, HTML, PDF), or one record of a set.
    document_chars: the text of one document.   line_chars: one line of a plain text.   depth: elements inside one
    another.   sections: of one document.   pages, seconds, memory_bytes: of a PDF.
    """

    file_bytes: int = 4 * 1024 * MIB
    expansion_ratio: int = 200
    ratio_free_bytes: int = 64 * MIB
    document_bytes: int = 64 * MIB
    document_chars: int = 4_000_000
    line_chars: int = 1_000_000
    depth: int = 100
    sections: int = 5_000
    pages: int = 500
    seconds: float = 30.0
    memory_bytes: int = 2 * 1024 * MIB
