"""Which heading of a source is which field of ours, and what a source's values and errors become.

Mappings are data: `data/mappings/default/` holds for all sources, `data/mappings/<source_key>/` and the
`[sources.<key>]` tables of registry.toml say more about one source.
"""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from flows.ingest.errors import MappingError
from flows.resources import resource

Tier = Literal["structured_row", "full_text", "abstract"]
Scope = Literal["full", "partial"]

TIERS: tuple[Tier, ...] = ("structured_row", "full_text", "abstract")
SCOPES: tuple[Scope, ...] = ("full", "partial")
DEFAULT_PRIORITY = 100

_MATCH_COLUMNS = ("record_id", "doi", "pmid", "pmcid", "url", "patient_index")
_COLUMNS = ("heading", "field", "source", "note")
_VALUES = ("field", "value", "becomes", "note")
_CORRECTIONS = (*_MATCH_COLUMNS, "field", "expect", "becomes", "why")
_UNITS = ("field", "unit", "spellings", "own", "instead_of", "note")
_SETTINGS = {"label", "tier", "priority", "scope", "licence", "citation", "obtained"}

_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_CONCENTRATION = re.compile(r"[^\s/]{1,6}\s?/\s?[^\s/]?l$", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ValueRule:
    """In `field`, the value `value`, compared without case and outer blanks, is read as `becomes`; None is missing."""

    field: str
    value: str
    becomes: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Correction:
    """In the records that agree with all of `match`, `field` becomes `becomes`, provided that it says `expect` now.

    An expectation that no longer holds is to be reported: the source may have been mended.
    """

    match: tuple[tuple[str, str], ...]
    field: str
    expect: str | None
    becomes: str | None
    why: str


@dataclass(frozen=True, slots=True)
class UnitRule:
    """How a heading says in which unit the values of `field` stand.

    own: the field's own unit, which a bare number has anyway.   instead_of: field that a heading names without a
    unit, while with this unit it means `field` ("Calcium" against "Calcium (mg/dL)").
    """

    field: str
    unit: str
    spellings: frozenset[str]
    own: bool
    instead_of: str | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Everything known about a source before it is read.

    heading_units: unit of the values of a column, for the headings given to `map_headings` that state one other
    than the field's own; it belongs behind each bare number of that column.
    """

    source_key: str
    label: str
    tier: Tier = "structured_row"
    priority: int = DEFAULT_PRIORITY
    scope: Scope = "full"
    licence: str | None = None
    citation: str | None = None
    obtained: str | None = None
    columns: Dictionary[str, str] = field(default_factory=dict)
    default_columns: Dictionary[str, str] = field(default_factory=dict)
    units: tuple[UnitRule, ...] = ()
    values: tuple[ValueRule, ...] = ()
    corrections: tuple[Correction, ...] = ()

    def read_heading(self, heading: str) -> tuple[str | None, str | None]:
        """The field of a heading, and the unit that it states where this is not the field's own unit.

        (None, None) for a heading that is not known. The source's own headings go before the common ones.
        """
        key = normalise_heading(heading)
        for known in (self.columns, self.default_columns):
            if key in known:
                return self._with_unit(known[key], heading)
        bare = _BRACKETS.sub(" ", heading)
        for candidate in (bare, *self._without_trailing_unit(bare)):
            key = normalise_heading(candidate)
            for known in (self.columns, self.default_columns):
                if key in known:
                    return self._with_unit(known[key], heading)
        return None, None

    def heading_units(self, headings: Iterable[str]) -> dict[str, str]:
        """Units that the headings state, by heading, left out where it is the field's own unit."""
        found = ((heading, self.read_heading(heading)[1]) for heading in headings)
        return {heading: unit for heading, unit in found if unit is not None}

    def _with_unit(self, name: str, heading: str) -> tuple[str, str | None]:
        rules = [rule for rule in self.units if name in (rule.field, rule.instead_of)]
        if not rules:
            return name, None
        stated = [text.strip() for text in _BRACKETS.findall(heading)]
        for rule in rules:
            tail = _unit_tail(_BRACKETS.sub(" ", heading), rule)
            if tail is not None or any(_states(text, rule) for text in stated):
                # A field's own name ends in its own unit ("age_years"), which says nothing beyond the field.
                return rule.field, None if rule.own else rule.unit
        for text in stated:
            # An unknown unit goes along as it is, so that it is found unknown later instead of being lost here.
            if _CONCENTRATION.match(text):
                return rules[0].field, text
        return name, None

    def _without_trailing_unit(self, heading: str) -> list[str]:
        tails = (_unit_tail(heading, rule) for rule in self.units)
        return sorted({tail for tail in tails if tail}, key=len)


def normalise_heading(heading: str) -> str:
    """What is compared of a heading: letters and digits, without case, accents, blanks, underscores and punctuation.

    "Lesion Site(s)", "lesion_sites" and "LesionSites" are the same. A heading of other scripts keeps its letters.
    """
    decomposed = unicodedata.normalize("NFKD", heading)
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _NOT_ALPHANUMERIC.sub("", plain.casefold())


def map_headings(headings: Sequence[str], mapping: Mapping) -> list[str | None]:
    """The field of each heading, in the order of the headings; None where it is not known.

    Of two headings for one field the first is used and the other stays None, except that a heading which is the
    field's own name goes before other names for it.
    """
    fields = [mapping.read_heading(heading)[0] for heading in headings]
    used: dict[str, int] = {}
    for place, name in enumerate(fields):
        if name is None:
            continue
        is_own_name = normalise_heading(headings[place]) == normalise_heading(name)
        if name not in used or (is_own_name and normalise_heading(headings[used[name]]) != normalise_heading(name)):
            used[name] = place
    return [name if name is not None and used[name] == place else None for place, name in enumerate(fields)]


@cache
def intake_fields() -> tuple[str, ...]:
    """Names of the fields that a source may give, in the order of the data dictionary."""
    with resource("data", "dictionary", "fields.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["field"] for row in csv.DictReader(file) if row["intake"] == "yes")


def load_mapping(source_key: str, overrides: Dictionary[str, Any] | None = None, folder: Path | None = None) -> Mapping:
    """Read the mapping of a source.

    overrides: what registry.toml says under [sources.<key>]: the keys of source.toml, and `columns`, a table of
    their heading to our field. They go before the shipped mapping.   folder: where mappings lie, the shipped ones
    if not given. A source that has no folder of its own gets the common headings, tier structured_row and scope full.
    Raises MappingError for unknown keys, columns and fields, and for values of the wrong kind.
    """
    root = folder if folder is not None else resource("data", "mappings")
    own = root / source_key
    settings = _read_settings(own / "source.toml")
    default_columns, units, default_values = _read_common(root / "default")
    mapping = Mapping(
        source_key=source_key,
        label=source_key.replace("_", " "),
        default_columns=default_columns,
        units=units,
        columns=_read_columns(own / "columns.csv"),
        values=(*_read_values(own / "values.csv"), *default_values),
        corrections=_read_corrections(own / "corrections.csv"),
    )
    mapping = _with_settings(mapping, settings, f"{own / 'source.toml'}")
    if overrides:
        place = f"registry.toml, [sources.{source_key}]"
        given = dict(overrides)
        columns = given.pop("columns", {})
        if not isinstance(columns, dict):
            raise MappingError(f'{place}: columns must be a table such as {{"Their heading" = "age_years"}}')
        mapping = _with_settings(mapping, given, place)
        renamed = {normalise_heading(str(heading)): str(name) for heading, name in columns.items()}
        for heading, name in columns.items():
            _check_field(str(name), f"{place}, columns, heading {heading!r}")
        mapping = replace(mapping, columns={**mapping.columns, **renamed})
    return mapping


@cache
def common_mapping() -> Mapping:
    """The headings that hold for every source, for what belongs to no source yet."""
    return load_mapping("default")


def _states(text: str, rule: UnitRule) -> bool:
    """Whether the words in brackets of a heading are, or end in, a unit."""
    words = [part.strip() for part in re.split(r"[,;]", text)]
    return any(_unit_key(part) in rule.spellings for part in (text, *words))


def _unit_tail(heading: str, rule: UnitRule) -> str | None:
    """The heading without the unit that it ends in; None when it does not end in this unit."""
    text = _SPACES.sub(" ", heading.replace("_", " ")).strip()
    found = _ending_in(rule.spellings).search(text)
    return found.group(1) if found else None


@cache
def _ending_in(spellings: frozenset[str]) -> re.Pattern[str]:
    written = "|".join(re.escape(text).replace("/", r"[\s/]?(?:per\s)?") for text in sorted(spellings))
    return re.compile(rf"^(.*?\S)[\s,;:.\-]+(?:in )?(?:{written})$", re.IGNORECASE)


def _unit_key(text: str) -> str:
    return _SPACES.sub("", text.strip().casefold().removeprefix("in ")).replace("µ", "μ").rstrip(".")


def _check_field(name: str, place: str) -> None:
    if name not in intake_fields():
        raise MappingError(f"{place}: there is no field {name!r}; the fields are {', '.join(intake_fields())}")


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, dict[str, str]]]:
    """Rows of a mapping file with their place for messages; no rows where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="", restval="")
        unknown = [name for name in reader.fieldnames or [] if name not in columns]
        if unknown:
            raise MappingError(f"{path}: unknown column {unknown[0]!r}; the columns are {', '.join(columns)}")
        rows = []
        for row in reader:
            place = f"{path}, line {reader.line_num}"
            if "" in row:
                raise MappingError(f"{place}: more values than columns; quote values that hold a comma")
            rows.append((place, {name: (row.get(name) or "").strip() for name in columns}))
        return rows


@cache
def _read_common(folder: Path) -> tuple[dict[str, str], tuple[UnitRule, ...], list[ValueRule]]:
    # A run loads a mapping for each of its files, several times over; the common headings are a thousand.
    return _read_columns(folder / "columns.csv"), _read_units(folder / "units.csv"), _read_values(folder / "values.csv")


def _read_columns(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, row in _rows(path, _COLUMNS):
        _check_field(row["field"], place)
        key = normalise_heading(row["heading"])
        if not key:
            raise MappingError(f"{place}: a heading needs at least one letter or digit")
        if found.get(key, row["field"]) != row["field"]:
            raise MappingError(f"{place}: the heading {row['heading']!r} stands for {found[key]} already")
        found[key] = row["field"]
    return found


def _read_units(path: Path) -> tuple[UnitRule, ...]:
    rules = []
    for place, row in _rows(path, _UNITS):
        _check_field(row["field"], place)
        if row["instead_of"]:
            _check_field(row["instead_of"], place)
        spellings = frozenset(_unit_key(text) for text in (row["unit"], *row["spellings"].split("|")) if text.strip())
        rules.append(UnitRule(row["field"], row["unit"], spellings, row["own"] == "yes", row["instead_of"] or None))
    return tuple(rules)


def _read_values(path: Path) -> list[ValueRule]:
    rules = []
    for place, row in _rows(path, _VALUES):
        _check_field(row["field"], place)
        if not row["value"]:
            raise MappingError(f"{place}: a value rule needs a value; an empty cell is missing already")
        rules.append(ValueRule(row["field"], row["value"], row["becomes"] or None, row["note"]))
    return rules


def _read_corrections(path: Path) -> tuple[Correction, ...]:
    found = []
    for place, row in _rows(path, _CORRECTIONS):
        _check_field(row["field"], place)
        match = tuple((name, row[name]) for name in _MATCH_COLUMNS if row[name])
        if not match:
            raise MappingError(f"{place}: a correction must name its record in one of {', '.join(_MATCH_COLUMNS)}")
        if not row["why"]:
            raise MappingError(f"{place}: a correction must say why")
        found.append(Correction(match, row["field"], row["expect"] or None, row["becomes"] or None, row["why"]))
    return tuple(found)


def _read_settings(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{path}: not valid TOML: {error}") from error


def _with_settings(mapping: Mapping, settings: Dictionary[str, Any], place: str) -> Mapping:
    unknown = sorted(set(settings) - _SETTINGS)
    if unknown:
        raise MappingError(f"{place}: unknown key {unknown[0]!r}; the keys are {', '.join(sorted(_SETTINGS))}")
    if settings.get("tier", mapping.tier) not in TIERS:
        raise MappingError(f"{place}: tier {settings['tier']!r} is not one of {', '.join(TIERS)}")
    if settings.get("scope", mapping.scope) not in SCOPES:
        raise MappingError(f"{place}: scope {settings['scope']!r} is not one of {', '.join(SCOPES)}")
    priority = settings.get("priority", mapping.priority)
    if not isinstance(priority, int) or isinstance(priority, bool):
        raise MappingError(f"{place}: priority {priority!r} is not a whole number (a smaller one goes first)")

    def text(name: str) -> str | None:
        value = settings.get(name)
        return cast("str | None", getattr(mapping, name)) if value is None else str(value)

    return replace(
        mapping,
        label=text("label") or mapping.label,
        tier=settings.get("tier", mapping.tier),
        scope=settings.get("scope", mapping.scope),
        priority=priority,
        licence=text("licence"),
        citation=text("citation"),
        obtained=text("obtained"),
    )
