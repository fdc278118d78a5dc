"""What the tests of the readers share."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.extract.model import Document, Section
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative import BrokenRecord, NarrativeLimits, read_documents


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path) -> Document:
    """The one document of a file."""
    (document,) = read_documents(path)
    return document


def words_of(document: Document, section: Section) -> str:
    """The words of a section."""
    return document.text[section.start : section.end]


def outline_of(document: Document) -> list[tuple[str, str | None, str]]:
    """Role, heading and words of each section."""
    return [(section.role, section.heading, words_of(document, section)) for section in document.sections]


def roles_of(document: Document) -> list[str]:
    """Role of each section."""
    return [section.role for section in document.sections]


def refusal(path: Path, limits: NarrativeLimits | None = None) -> UnreadableFileError:
    """Why a file is refused."""
    with pytest.raises(UnreadableFileError) as caught:
        list(read_documents(path, limits))
    return caught.value


def with_broken(path: Path) -> tuple[list[Document], list[BrokenRecord]]:
    """The documents of a set, and its broken records."""
    broken: list[BrokenRecord] = []
    return list(read_documents(path, on_broken=broken.append)), broken


def check_sections(document: Document) -> None:
    """Sections lie within the text, in order, without overlap."""
    end = 0
    for section in document.sections:
        assert end <= section.start <= section.end <= len(document.text)
        end = section.end
