"""Readers of case reports as they are published: a file goes in, documents come out."""

from flows.ingest.narrative.failures import BrokenRecord
from flows.ingest.narrative.formats import NarrativeFormat, narrative_format
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.reading import read_documents

__all__ = ["BrokenRecord", "NarrativeFormat", "NarrativeLimits", "narrative_format", "read_documents"]
