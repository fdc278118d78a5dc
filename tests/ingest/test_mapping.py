from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.ingest.errors import MappingError
from flows.ingest.mapping import Correction, ValueRule, intake_fields, load_mapping, map_headings, normalise_heading
from flows.resources import resource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of mappings with one source, clinic_a."""
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "columns.csv").write_text("heading,field,source,note\nage,age_years,,\n")
    (tmp_path / "clinic_a").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("heading", "field", "unit"),
    [
        ("lesion_sites", "lesion_sites", None),
        ("Lesion Site(s)", "lesion_sites", None),
        ("LesionSites", "lesion_sites", None),
        ("  Site of   lesions ", "lesion_sites", None),
        ("Localización de las lesiones", "lesion_sites", None),
        ("Siège des lésions", "lesion_sites", None),
        ("Körperregion", "lesion_sites", None),
        ("Edad (años)", "age_years", None),
        ("Âge", "age_years", None),
        ("Alter bei Vorstellung", "age_years", None),
        ("Geschlecht", "sex", None),
        ("Sex (M/F)", "sex", None),
        ("Enfermedad de base", "associated_diseases", None),
        ("Grunderkrankung", "associated_diseases", None),
        ("Maladie sous-jacente", "associated_diseases", None),
        ("Typ der Kalzinose", "variant_stated", None),
        ("Type de calcinose", "variant_stated", None),
        ("PubMed ID", "pmid", None),
        ("Age (years)", "age_years", None),
        ("Age, yrs", "age_years", None),
        ("Age (months)", "age_years", "months"),
        ("age_days", "age_years", "days"),
        ("Größe (cm)", "largest_size_mm", "cm"),
        ("Largest diameter in mm", "largest_size_mm", None),
        ("Calcium", "serum_calcium", None),
        ("Calcium (low/normal/high)", "serum_calcium", None),
        ("Serum Ca (mg/dL)", "serum_calcium_value", "mg/dL"),
        ("serum_calcium_mmol_l", "serum_calcium_value", "mmol/L"),
        ("Calcium [total; mmol / l]", "serum_calcium_value", "mmol/L"),
        ("Calcium (pg/nL)", "serum_calcium_value", "pg/nL"),
        ("Phosphorus mg/dl", "serum_phosphate_value", "mg/dL"),
        ("serum_phosphate_value", "serum_phosphate_value", None),
        ("Favourite colour", None, None),
        ("Follow-up", None, None),
        ("", None, None),
        ("患者", None, None),
    ],
)
def test_headings_as_people_write_them(heading: str, field: str | None, unit: str | None) -> None:
    assert load_mapping("any").read_heading(heading) == (field, unit)


def test_every_intake_field_is_known_by_its_own_name() -> None:
    mapping = load_mapping("published_cases")
    assert map_headings(intake_fields(), mapping) == list(intake_fields())
    assert mapping.heading_units(intake_fields()) == {}


def test_the_shipped_cases_are_known_and_partial() -> None:
    mapping = load_mapping("published_cases")
    with resource("data", "cases", "published_cases.csv").open(encoding="utf-8", newline="") as file:
        headings = next(csv.reader(file))
    assert map_headings(headings, mapping) == headings
    assert (mapping.scope, mapping.tier) == ("partial", "structured_row")


def test_an_unknown_source_has_the_common_headings_and_covers_its_fields_in_full() -> None:
    mapping = load_mapping("new_clinic")
    assert (mapping.label, mapping.scope, mapping.tier) == ("new clinic", "full", "structured_row")


def test_of_two_headings_for_one_field_the_first_is_used() -> None:
    mapping = load_mapping("any")
    assert map_headings(["Site", "doi", "Location", "mood"], mapping) == ["lesion_sites", "doi", None, None]
    assert map_headings(["Diagnosis", "associated_diseases"], mapping) == [None, "associated_diseases"]


def test_units_by_heading() -> None:
    units = load_mapping("any").heading_units(["Age (months)", "Serum Ca (mg/dL)", "sex", "Age (years)"])
    assert units == {"Age (months)": "months", "Serum Ca (mg/dL)": "mg/dL"}


def test_normalised_headings() -> None:
    assert normalise_heading(" Übergröße_(mm) ") == "ubergrossemm"
    assert normalise_heading("D.O.I") == "doi"
    assert normalise_heading("--") == ""


def test_overrides_go_before_what_is_shipped() -> None:
    mapping = load_mapping(
        "published_cases",
        overrides={
            "columns": {"Their heading": "age_years", "Site": "morphology"},
            "scope": "full",
            "tier": "abstract",
            "priority": 5,
            "label": "Ours",
        },
    )
    assert map_headings(["THEIR HEADING", "site"], mapping) == ["age_years", "morphology"]
    assert (mapping.scope, mapping.tier, mapping.priority, mapping.label) == ("full", "abstract", 5, "Ours")


def test_an_override_with_a_unit_in_brackets() -> None:
    mapping = load_mapping("clinic", overrides={"columns": {"Alder": "age_years"}})
    assert mapping.read_heading("Alder (months)") == ("age_years", "months")


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"colums": {}}, "unknown key 'colums'"),
        ({"columns": {"Alter": "age"}}, "no field 'age'"),
        ({"columns": ["age"]}, "columns must be a table"),
        ({"scope": "half"}, "scope 'half'"),
        ({"tier": "poster"}, "tier 'poster'"),
        ({"priority": "high"}, "priority 'high'"),
    ],
)
def test_wrong_overrides_are_refused(overrides: dict[str, object], named: str) -> None:
    with pytest.raises(MappingError, match=r"registry\.toml, \[sources\.clinic\]") as caught:
        load_mapping("clinic", overrides=overrides)
    assert named in str(caught.value)


def test_everything_a_source_folder_says(folder: Path) -> None:
    (folder / "clinic_a" / "source.toml").write_text('label = "Clinic A"\nobtained = "2026-01-02"\nlicence = "none"\n')
    (folder / "clinic_a" / "columns.csv").write_text("heading,field,source,note\nAge,notes,sheet,free text here\n")
    (folder / "clinic_a" / "values.csv").write_text("field,value,becomes,note\nsex,2,female,\nsex,9,,junk\n")
    (folder / "clinic_a" / "corrections.csv").write_text(
        "doi,patient_index,field,expect,becomes,why\n10.1/a,2,sex,male,female,the text says she\n"
    )
    mapping = load_mapping("clinic_a", folder=folder)
    assert (mapping.label, mapping.obtained, mapping.licence) == ("Clinic A", "2026-01-02", "none")
    assert map_headings(["age"], mapping) == ["notes"]
    assert mapping.values == (ValueRule("sex", "2", "female", ""), ValueRule("sex", "9", None, "junk"))
    assert mapping.corrections == (
        Correction((("doi", "10.1/a"), ("patient_index", "2")), "sex", "male", "female", "the text says she"),
    )


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("columns.csv", "heading,field,source,note\nx,gender,,\n", "line 2: there is no field 'gender'"),
        ("columns.csv", "heading,feld\nx,sex\n", "unknown column 'feld'"),
        ("columns.csv", "heading,field\nx,sex\nX,notes\n", "line 3: the heading 'X' stands for sex already"),
        ("columns.csv", "heading,field\n--,sex\n", "line 2: a heading needs"),
        ("columns.csv", "heading,field\nx,sex,,,,\n", "more values than columns"),
        ("values.csv", "field,value,becomes\nsex,,female\n", "line 2: a value rule needs a value"),
        ("corrections.csv", "field,expect,becomes,why\nsex,a,b,c\n", "must name its record"),
        ("corrections.csv", "doi,field,expect,becomes,why\nd,sex,a,b,\n", "must say why"),
        ("source.toml", "lable = 'x'\n", "unknown key 'lable'"),
        ("source.toml", "label = \n", "not valid TOML"),
    ],
)
def test_wrong_files_are_refused_with_their_place(folder: Path, name: str, content: str, named: str) -> None:
    (folder / "clinic_a" / name).write_text(content)
    with pytest.raises(MappingError) as caught:
        load_mapping("clinic_a", folder=folder)
    assert named in str(caught.value)
    assert name in str(caught.value)
