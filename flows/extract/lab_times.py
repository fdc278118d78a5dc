"""When a laboratory result was found: before, at presentation, during or after treatment.

The words of time nearest to a result count, those of its own statement first. A sentence that begins with a later time
("Six months later, …") sets it for the next sentences too. Cues are data/rules/lab_cues.csv.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from flows.extract.lab_cues import lab_cues
from flows.extract.model import Sentence, Timing
from flows.extract.reading import Reading
from flows.extract.results import Reported

_CARRIES = 2
_FRONT = 16
_HEAD = 60
_TIMES: Mapping[str, Timing] = {
    "before": "before",
    "presentation": "presentation",
    "during": "during_treatment",
    "after": "after_treatment",
}


class SentenceTimes:
    """The words of time of one sentence, found once, asked for every result in it."""

    def __init__(self, reading: Reading, sentence: Sentence) -> None:
        self._reading = reading
        self._sentence = sentence

    def timing(self, report: Reported, *, historical: bool) -> Timing:
        """Time of a result. historical: whether the sentence tells of it as past."""
        said = report.value or report.judgement
        place = said.start if said is not None else report.name.start
        if self._marks:
            parted, _, timing = min(
                (self._is_parted(mark, place), abs(mark[0] - place), mark[2]) for mark in self._marks
            )
            if not parted or (len({one for _, _, one in self._marks}) == 1 and not report.is_later):
                return timing
        if report.is_later:
            return "after_treatment"
        if historical:
            return "before"
        return self._carried or "presentation"

    @cached_property
    def _marks(self) -> list[tuple[int, int, Timing]]:
        text, sentence = self._reading.document.text, self._sentence
        return [
            (match.start(), match.end(), timing)
            for role, timing in _TIMES.items()
            for match in lab_cues()[role].finditer(text, sentence.start, sentence.end)
        ]

    def _is_parted(self, mark: tuple[int, int, Timing], place: int) -> bool:
        """Whether a new statement begins between words of time and a result."""
        text = self._reading.document.text
        between = text[mark[1] : place] if mark[0] < place else text[place : mark[0]]
        return ";" in between or lab_cues()["next"].search(between) is not None

    @cached_property
    def _carried(self) -> Timing | None:
        """The time that this sentence or one of the two before it begins with."""
        index, patient = self._sentence.index, self._sentence.patient
        near = self._reading.sentences[max(0, index - _CARRIES) : index + 1]
        if any(_begins_later(one) for one in near if one.patient == patient):
            return "after_treatment"
        return None


def _begins_later(sentence: Sentence) -> bool:
    match: re.Match[str] | None = lab_cues()["carries"].search(sentence.text, 0, _HEAD)
    return match is not None and match.start() <= _FRONT
