"""Patients in the tables of a report: one a row, or one a column, with their age and sex.

A table is a run of lines with cells, the first of which (or the first cell of another) names age or sex; or, as programs
take it out of a PDF, without marks between the cells, a run of lines that each begin with a number, an age and a sex.
Tables of other authors' cases (data/rules/patient_cues.csv, table_of_others) hold no patients of a report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from flows.extract.person_words import derive_sex, fill, patient_cue
from flows.extract.reading import Reading

_SEPARATORS = tuple(re.compile(separator) for separator in (r"\t|\|", r";", r"[ \u00a0]{2,}", r","))
_NAMES = re.compile(r"^[^\n]{0,160}?\b(?:age|sex|gender)\b[^\n]{0,160}$", re.IGNORECASE | re.MULTILINE)
_LINE = re.compile(r"[^\n]+")
# A cell of a header is a few words; prose between commas is longer.
_LONGEST_NAME = 30
_AGE = re.compile(r"\bage\b", re.IGNORECASE)
_SEX = re.compile(r"\b(?:sex|gender)\b", re.IGNORECASE)
_OTHER_UNIT = re.compile(r"\b(?:months?|weeks?|days?|onset|diagnosis)\b", re.IGNORECASE)
_SEX_CELL = re.compile(r"(?<![^\W\d_])(?:[MF]|male|female|man|woman|boy|girl)(?![^\W\d_])", re.IGNORECASE)
_LABEL = re.compile(r"\D{0,12}?(\d{1,2})\.?")
_FEWEST_CELLS = 3
_SEX_WORD = r"(?:[MF]|[Ff]emale|[Mm]ale)"
_BARE_ROW = re.compile(
    rf"[ ]*(?:(?:[Cc]ase|[Pp]atient|[Pp]t)\.?[ ]*)?(?P<number>\d{{1,2}})[.)]?[ ]+"
    rf"(?:(?P<age>\d{{1,3}})(?:[ ]?(?:y|yrs?|years?)\.?)?[ ]*[/,]?[ ]*(?P<sex>{_SEX_WORD})"
    rf"|(?P<sex_first>{_SEX_WORD})[ ]*[/,]?[ ]*(?P<age_last>\d{{1,3}}))(?![^\W_])[^\n]*"
)
_FEWEST_ROWS = 2


@dataclass(frozen=True, slots=True)
class TablePatient:
    """A patient of a table. number: as labelled, else by order; age, sex: offsets of their words, None where none."""

    number: int
    age: tuple[int, int] | None
    sex: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class TableCell:
    """What a table says of one patient under one heading. start, end: offsets of the words; patient: the number."""

    heading: str
    start: int
    end: int
    patient: int


@dataclass(frozen=True, slots=True)
class PatientTable:
    """Patients of one table. start, end: of its lines; marks: offset of a row or cell and the patient whose it is."""

    start: int
    end: int
    patients: Sequence[TablePatient]
    marks: Sequence[tuple[int, int]]
    cells: Sequence[TableCell] = ()


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    start: int


_Line = Sequence[_Cell]


@lru_cache(maxsize=16)
def patient_tables(reading: Reading) -> tuple[PatientTable, ...]:
    """The tables of a document that hold patients, in order."""
    text = reading.document.text
    if _NAMES.search(text) is None:
        return ()
    found: list[PatientTable] = []
    end = 0
    for name in _NAMES.finditer(text):
        if name.start() < end:
            continue
        for separator in _SEPARATORS:
            lines = _table_at(text, name, separator)
            table = (_by_row(lines) or _by_column(lines)) if len(lines) > 1 else None
            if table is not None:
                end = table.end
                found.append(table)
                break
        else:
            table = _without_marks(text, name)
            if table is not None:
                end = table.end
                found.append(table)
    return tuple(found)


def _without_marks(text: str, name: re.Match[str]) -> PatientTable | None:
    """The table below a line that names age or sex, whose cells nothing parts but single spaces."""
    if patient_cue("table_of_others").search(name.group()):
        return None
    patients: list[TablePatient] = []
    marks: list[tuple[int, int]] = []
    end = name.end()
    while row := _BARE_ROW.match(text, end + 1):
        first = row["age"] is not None
        number = len(patients) + 1
        if int(row["number"]) != number:
            break
        age, sex = (row.span("age"), row.span("sex")) if first else (row.span("age_last"), row.span("sex_first"))
        patients.append(TablePatient(number, age, sex))
        marks.append((row.start(), number))
        end = row.end()
    return PatientTable(name.start(), end, patients, marks) if len(patients) >= _FEWEST_ROWS else None


def _table_at(text: str, name: re.Match[str], separator: re.Pattern[str]) -> list[_Line]:
    """The lines with cells around one that names age or sex; none where it has no cells or is of others' cases."""
    named = _cells(name.group(), name.start(), separator)
    if len(named) < _FEWEST_CELLS or any(len(cell.text) > _LONGEST_NAME for cell in named):
        return []
    lines: list[_Line] = []
    for match in _LINE.finditer(text):
        cells = _cells(match.group(), match.start(), separator)
        if len(cells) >= _FEWEST_CELLS - 1 and abs(len(cells) - len(named)) <= 1:
            if not re.fullmatch(r"[\s|:-]+", match.group()):
                lines.append(cells)
        elif match.start() > name.start():
            break
        else:
            lines = []
    header = " ".join(cell.text for cell in lines[0]) if lines else ""
    return [] if patient_cue("table_of_others").search(header) else lines


def _cells(line: str, offset: int, separator: re.Pattern[str]) -> list[_Cell]:
    cells: list[_Cell] = []
    begin = 0
    for end, following in [*(match.span() for match in separator.finditer(line)), (len(line), len(line))]:
        words = line[begin:end]
        cells.append(_Cell(words.strip(), offset + begin + len(words) - len(words.lstrip())))
        begin = following
    # A line may begin and end with a bar.
    while cells and not cells[-1].text:
        cells.pop()
    return cells[1:] if line.lstrip().startswith("|") else cells


def _span(lines: Sequence[_Line]) -> tuple[int, int]:
    return lines[0][0].start, lines[-1][-1].start + len(lines[-1][-1].text)


def _by_row(lines: Sequence[_Line]) -> PatientTable | None:
    header = lines[0]
    ages = [k for k, cell in enumerate(header) if _AGE.search(cell.text) and not _OTHER_UNIT.search(cell.text)]
    sexes = [k for k, cell in enumerate(header) if _SEX.search(cell.text)]
    if not (ages or sexes) or (len(header) > 1 and (ages + sexes) == [0]):
        return None
    patients: list[TablePatient] = []
    marks: list[tuple[int, int]] = []
    cells: list[TableCell] = []
    for line in lines[1:]:
        age = next((span for k in ages if k < len(line) and (span := _age(line[k]))), None)
        sex = next((span for k in sexes if k < len(line) and (span := _sex(line[k]))), None)
        if age is None and sex is None:
            continue
        taken = {patient.number for patient in patients}
        number = _number(line[0], taken, len(patients) + 1, age)
        patients.append(TablePatient(number, age, sex))
        marks.append((line[0].start, number))
        if len(line) == len(header):
            cells += [_of_patient(name, cell, number) for name, cell in zip(header, line, strict=True)]
    return PatientTable(*_span(lines), patients, marks, cells) if patients else None


def _of_patient(name: _Cell, cell: _Cell, number: int) -> TableCell:
    return TableCell(name.text, cell.start, cell.start + len(cell.text), number)


def _by_column(lines: Sequence[_Line]) -> PatientTable | None:
    header = lines[0]
    ages = next((line for line in lines if _AGE.search(line[0].text) and not _OTHER_UNIT.search(line[0].text)), None)
    sexes = next((line for line in lines if _SEX.search(line[0].text)), None)
    named = ages or sexes
    if named is None:
        return None
    # Columns are counted from the right, for the corner of the header may be empty and lost.
    columns = [k for k in range(1, len(named)) if (ages and _age_at(ages, k)) or (sexes and _sex_at(sexes, k))]
    shift = len(header) - len(named) if named is not lines[0] else 0
    patients: list[TablePatient] = []
    numbers: dict[int, int] = {}
    for k in columns:
        label = header[k + shift] if named is not lines[0] and 0 <= k + shift < len(header) else None
        taken = {patient.number for patient in patients}
        number = _number(label, taken, len(patients) + 1, None) if label else len(patients) + 1
        numbers[k] = number
        patients.append(TablePatient(number, _age_at(ages, k) if ages else None, _sex_at(sexes, k) if sexes else None))
    if not patients:
        return None
    whole = [line for line in lines if len(line) == len(named)]
    marks = [(line[k].start, numbers[k]) for line in whole for k in columns]
    cells = [_of_patient(line[0], line[k], numbers[k]) for line in whole for k in columns]
    return PatientTable(*_span(lines), patients, marks, cells)


def _age_at(line: _Line, k: int) -> tuple[int, int] | None:
    return _age(line[k]) if k < len(line) else None


def _sex_at(line: _Line, k: int) -> tuple[int, int] | None:
    return _sex(line[k]) if k < len(line) else None


def _age(cell: _Cell) -> tuple[int, int] | None:
    match = _age_cell().match(cell.text)
    return (cell.start, cell.start + match.end(1)) if match else None


def _sex(cell: _Cell) -> tuple[int, int] | None:
    match = _SEX_CELL.search(cell.text)
    return (cell.start + match.start(), cell.start + match.end()) if match and derive_sex(match.group()) else None


def _number(cell: _Cell | None, taken: set[int], order: int, age: tuple[int, int] | None) -> int:
    """The number that a patient is labelled with; the order where there is none, or it is another's."""
    if cell is None or (age is not None and age[0] == cell.start):
        return order
    match = _LABEL.fullmatch(cell.text)
    number = int(match[1]) if match else order
    return number if number not in taken and number > 0 else order


@lru_cache(maxsize=1)
def _age_cell() -> re.Pattern[str]:
    # A mean with its deviation is not the age of one.
    return re.compile(
        rf"(\d{{1,3}}(?:\s*{fill('{unit}')}(?:\s*old)?\b)?)\s*(?:$|[,;/(\-]?\s*(?:[MF]|male|female|man|woman|boy|girl)\b)",
        re.IGNORECASE,
    )
