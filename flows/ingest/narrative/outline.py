"""Which role a section has by its heading and by the sections around it."""

from __future__ import annotations

from collections.abc import Iterable

from flows.extract.model import Role
from flows.ingest.narrative.rules import heading_rule

_HOLDS_ITS_PARTS = frozenset({"abstract", "introduction", "discussion", "references", "other"})
_OPENS_INSIDE = frozenset({"case", "discussion", "references", "other", "figure_caption", "table"})


class Outline:
    """Follows the headings of a document from top to bottom."""

    def __init__(self, headings: Iterable[str]) -> None:
        """headings: all of the document, for what an unknown one is depends on whether the case has its own."""
        rules = [heading_rule(heading) for heading in headings]
        self._names_its_case = any(rule is not None and rule.role == "case" and rule.level == "main" for rule in rules)
        self._seen: set[Role] = set()
        self.current: Role = "case"

    def enter(self, heading: str, level_known: bool = False) -> Role:
        """Role of the next section at the top level.

        level_known: the source says which headings lie below others, so that "Outcome" behind the discussion and on
        its level is of the case; where it does not, such a heading is taken for a part of what stands before it.
        """
        rule = heading_rule(heading)
        if rule is None:
            role = self._unknown()
        elif rule.level == "part":
            if self.current in ("abstract", "discussion", "references") and not level_known:
                return self.current
            # "Differential diagnosis" inside a case leaves the case as it was for the headings behind it.
            if rule.role == "discussion" and self.current == "case":
                return "discussion"
            role = rule.role
        else:
            role = rule.role
        self._seen.add(role)
        self.current = role
        return role

    def _unknown(self) -> Role:
        if self.current in ("discussion", "references", "case"):
            return self.current
        if self.current == "introduction" and self._names_its_case and "case" not in self._seen:
            return "introduction"
        if self.current == "other" and self._seen & {"discussion", "references"}:
            return "other"
        return "case"


def role_inside(heading: str, parent: Role) -> Role:
    """Role of a section that lies inside another one."""
    rule = heading_rule(heading)
    if rule is None or parent in ("references", "abstract"):
        return parent
    if rule.level == "part":
        return parent if parent in _HOLDS_ITS_PARTS else rule.role
    return rule.role if rule.role in _OPENS_INSIDE else parent
