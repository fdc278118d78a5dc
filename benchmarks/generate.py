"""Generate large files of case reports in the shape of the shipped ones.

    python -m benchmarks.generate --rows 1000000 --out cases.csv [--seed 1] [--change 0.01]

Words come from the shipped cases. A generated case takes the fields that hang together (sex, variant, laboratory,
outcome) from one shipped row, so that gaps and combinations are those of real abstraction; lists (sites, diseases,
findings) come from a pool of cells that are put together anew from the parts of shipped cells. The pools grow with the
0.6th power of the number of rows, as distinct strings do in text (Heaps' law); few of their cells are common, most are
rare. Publications have one to three patients; their identifiers, titles and authors are made up. All draws are hashes
of the seed and the number of the row, so that the same arguments give the same file on any number of threads.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import duckdb

from flows.database import quoted
from flows.resources import resource

BAD_SHARE = 0.02
DUPLICATE_SHARE = 0.01

LISTS = (
    "lesion_sites", "associated_diseases", "comorbidities", "other_labs", "autoantibodies", "morphology", "imaging",
    "treatments",
)  # fmt: skip

# How a record is spoilt, as (field, what stands there instead); the kinds follow each other in equal shares.
SPOILT = (
    ("age_years", "'400'"),
    ("age_years", "'-3'"),
    ("year", "'abcd'"),
    ("year", "'2091'"),
    ("patient_index", "'0'"),
    ("serum_calcium_value", "'9.1 mg/furlong'"),
    ("serum_calcium_value", "'950 mg/dL'"),
    ("largest_size_mm", "'big'"),
    ("sex", "'both'"),
    ("lesion_sites", "'see figure 2'"),
)
KINDS_OF_BAD = len(SPOILT) + 1

_DRAWS = """
CREATE OR REPLACE MACRO draw(number, salt) AS hash(number, salt, {seed}) % 1000003 / 1000003.0;
CREATE OR REPLACE MACRO place(number, salt, n) AS (1 + hash(number, salt, {seed}) % n)::BIGINT;
CREATE OR REPLACE MACRO common_place(number, salt, n) AS (1 + floor(n * pow(draw(number, salt), 3)))::BIGINT;
CREATE OR REPLACE MACRO letters(number, salt) AS
    translate(left(md5(concat_ws(' ', number, salt, {seed})), 7), '0123456789', 'iklmnoprst');
CREATE OR REPLACE MACRO word(number, salt) AS upper(letters(number, salt)[1]) || letters(number, salt)[2:];
"""

_TEMPLATES = """
CREATE TEMP TABLE templates AS
SELECT row_number() OVER () AS position, * FROM read_csv({shipped}, header = true, all_varchar = true)
"""

_POOL = """
CREATE TEMP TABLE pool_{field} AS
WITH parts AS (
    SELECT row_number() OVER () AS position, part
    FROM (SELECT trim(unnest(string_split({field}, ';'))) AS part FROM templates WHERE {field} IS NOT NULL)
    WHERE part <> ''
),

sizes AS (
    SELECT row_number() OVER () AS position, len(string_split({field}, ';')) AS n_parts
    FROM templates
    WHERE {field} IS NOT NULL
),

counts AS (
    SELECT (SELECT count(*) FROM parts) AS n_parts, (SELECT count(*) FROM sizes) AS n_sizes
),

cells AS (
    SELECT range AS position, place(range, '{field} size', n_sizes) AS size_position
    FROM range(1, {n_cells} + 1), counts
),

drawn AS (
    SELECT
        slots.position,
        slots.slot,
        place(slots.position * 100 + slots.slot, '{field} part', counts.n_parts) AS part_position
    FROM (
        SELECT cells.position, unnest(range(1, sizes.n_parts + 1)) AS slot
        FROM cells
        INNER JOIN sizes ON sizes.position = cells.size_position
    ) AS slots
    CROSS JOIN counts
)

SELECT
    drawn.position,
    string_agg(
        CASE
            WHEN drawn.slot = 1 THEN ''
            WHEN draw(drawn.position * 100 + drawn.slot, 'and') < 0.15 THEN ' and '
            ELSE '; '
        END || parts.part,
        '' ORDER BY drawn.slot
    ) AS cell
FROM drawn
INNER JOIN parts ON parts.position = drawn.part_position
GROUP BY drawn.position
"""

_PUBLICATIONS = """
CREATE TEMP TABLE publications AS
WITH numbered AS (
    SELECT
        number,
        CASE
            WHEN draw(number, 'patients') < 0.75 THEN 1
            WHEN draw(number, 'patients') < 0.93 THEN 2
            ELSE 3
        END AS n_patients,
        place(number, 'bibliography', (SELECT count(*) FROM templates)) AS position
    FROM range({n_publications}) AS publications (number)
)

SELECT
    numbered.number,
    numbered.n_patients,
    CASE WHEN templates.doi IS NOT NULL
        THEN '10.' || (1000 + hash(numbered.number, 'prefix') % 9000) || '/case.' || (numbered.number + 100000)
    END AS doi,
    CASE WHEN templates.pmid IS NOT NULL OR draw(numbered.number, 'pmid') < 0.2
        THEN (10000000 + numbered.number)::VARCHAR
    END AS pmid,
    regexp_extract(templates.url, '^https?://[^/]+')
        || '/articles/' || (numbered.number + 100000) || '/case-report' AS url,
    CASE WHEN templates.title IS NOT NULL
        THEN concat(templates.title, ': ', word(numbered.number, 'one'), ' and ', word(numbered.number, 'two'))
    END AS title,
    CASE WHEN templates.first_author IS NOT NULL
        THEN word(numbered.number, 'surname') || ' ' || word(numbered.number, 'initial')[1]
    END AS first_author,
    templates.journal,
    CASE WHEN templates.year IS NOT NULL
        THEN (2024 - floor(50 * pow(draw(numbered.number, 'year'), 2)))::INTEGER::VARCHAR
    END AS year,
    templates.country
FROM numbered
INNER JOIN templates ON templates.position = numbered.position
"""

# The columns in the order of the shipped file. A further patient's publication is cited by its PMID alone now and then.
_COLUMNS = {
    "doi": (
        "CASE WHEN cases.patient = 1 OR publications.pmid IS NULL OR draw(cases.row_number, 'cite') > 0.05 "
        "THEN publications.doi END"
    ),
    "pmid": "publications.pmid",
    "url": "publications.url",
    "title": "publications.title",
    "first_author": "publications.first_author",
    "journal": "publications.journal",
    "year": "publications.year",
    "country": "publications.country",
    "patient_index": "cases.patient::VARCHAR",
    "age_years": (
        "CASE WHEN templates.age_years IS NULL THEN NULL "
        "WHEN draw(cases.row_number, 'baby') < 0.05 THEN round(draw(cases.row_number, 'age'), 3)::VARCHAR "
        "ELSE floor(95 * draw(cases.row_number, 'age'))::INTEGER::VARCHAR END"
    ),
    "sex": "templates.sex",
    "variant_stated": "templates.variant_stated",
    "variant_judged": "templates.variant_judged",
    "variant_subtype": "templates.variant_subtype",
    "lesion_sites": "cases.lesion_sites",
    "associated_diseases": "cases.associated_diseases",
    "comorbidities": "cases.comorbidities",
    "disease_duration_years": (
        "CASE WHEN templates.disease_duration_years IS NOT NULL "
        "THEN round(30 * pow(draw(cases.row_number, 'duration'), 2), 1)::VARCHAR END"
    ),
    "serum_calcium": "templates.serum_calcium",
    "serum_calcium_value": (
        "CASE WHEN templates.serum_calcium_value IS NULL THEN NULL "
        "WHEN draw(cases.row_number, 'unit') < 0.6 "
        "THEN round(6 + 9 * draw(cases.row_number, 'calcium'), 1) || ' mg/dL' "
        "ELSE round(1.5 + 2.2 * draw(cases.row_number, 'calcium'), 2) || ' mmol/l' END"
    ),
    "serum_phosphate": "templates.serum_phosphate",
    "serum_phosphate_value": (
        "CASE WHEN templates.serum_phosphate_value IS NULL THEN NULL "
        "WHEN draw(cases.row_number, 'unit') < 0.6 "
        "THEN round(1.5 + 10 * draw(cases.row_number, 'phosphate'), 1) || ' mg/dL' "
        "ELSE round(0.5 + 3.2 * draw(cases.row_number, 'phosphate'), 2) || ' mmol/l' END"
    ),
    "other_labs": "cases.other_labs",
    "autoantibodies": "cases.autoantibodies",
    "morphology": "cases.morphology",
    "largest_size_mm": (
        "CASE WHEN templates.largest_size_mm IS NOT NULL "
        "THEN ceil(250 * pow(draw(cases.row_number, 'size'), 3))::INTEGER::VARCHAR END"
    ),
    "histology": "templates.histology",
    "imaging": "cases.imaging",
    "treatments": "cases.treatments",
    "outcome": "CASE WHEN is_changed THEN 'recurred' ELSE templates.outcome END",
    "notes": (
        "CASE WHEN is_changed THEN coalesce(notes.notes || '; ', '') || 'seen again after ' || "
        "place(cases.row_number, 'follow-up', 60) || ' months' ELSE notes.notes END"
    ),
}  # fmt: skip


def generate(path: Path, n_rows: int, *, seed: int = 1, changed_share: float = 0.0) -> None:
    """Write a CSV file of n_rows cases with the columns of data/cases/published_cases.csv.

    2% of the rows are spoilt in one of KINDS_OF_BAD ways, and 1% repeat an earlier row in full.
    changed_share: this share of the rows differs from the file that the same seed gives without it (outcome and notes).
    """
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(_DRAWS.format(seed=int(seed)))
        connection.execute(_TEMPLATES.format(shipped=quoted(str(resource("data", "cases", "published_cases.csv")))))
        for field in LISTS:
            connection.execute(_POOL.format(field=field, n_cells=_pool_size(connection, field, n_rows)))
        connection.execute(_PUBLICATIONS.format(n_publications=n_rows))
        connection.execute(_cases(n_rows))
        connection.execute(f"COPY ({_select(changed_share)}) TO {quoted(str(path))} (FORMAT csv, HEADER)")


def _pool_size(connection: duckdb.DuckDBPyConnection, field: str, n_rows: int) -> int:
    n_distinct, n_filled = connection.execute(
        f"SELECT count(DISTINCT {field}), count({field}) FROM templates"
    ).fetchone() or (1, 1)
    return max(50, int(n_distinct * (max(n_rows, 454) / 454) ** 0.6 * n_distinct / n_filled))


def _cases(n_rows: int) -> str:
    n_unique = n_rows - int(n_rows * DUPLICATE_SHARE)
    pools = ", ".join(f"(SELECT count(*) FROM pool_{field}) AS n_{field}" for field in LISTS)
    places = ", ".join(
        f"CASE WHEN templates.{field} IS NOT NULL THEN common_place(row_number, '{field}', n_{field}) END "
        f"AS {field}_place"
        for field in LISTS
    )
    return f"""
CREATE TEMP TABLE cases AS
WITH patients AS (
    SELECT number, unnest(range(1, n_patients + 1)) AS patient
    FROM publications
),

numbered AS (
    SELECT row_number() OVER (ORDER BY number, patient) AS row_number, number, patient
    FROM patients
    QUALIFY row_number <= {n_unique}
),

repeated AS (
    SELECT row_number AS place_in_file, * FROM numbered
    UNION ALL
    SELECT {n_unique} + again AS place_in_file, numbered.*
    FROM range(1, {n_rows - n_unique + 1}) AS repeats (again)
    INNER JOIN numbered ON numbered.row_number = place(again, 'duplicate', {n_unique})
),

placed AS (
    SELECT repeated.*, place(row_number, 'clinical', (SELECT count(*) FROM templates)) AS template_place
    FROM repeated
)

SELECT placed.*, place(row_number, 'notes', (SELECT count(*) FROM templates)) AS notes_place, {places}
FROM placed
INNER JOIN templates ON templates.position = placed.template_place
CROSS JOIN (SELECT {pools}) AS sizes
ORDER BY place_in_file
"""


def _select(changed_share: float) -> str:
    bad = (
        f"CASE WHEN draw(cases.row_number, 'bad') < {BAD_SHARE} "
        f"THEN place(cases.row_number, 'kind', {KINDS_OF_BAD}) ELSE 0 END"
    )
    lists = ", ".join(f"pool_{field}.cell AS {field}" for field in LISTS)
    joins = " ".join(f"LEFT JOIN pool_{field} ON pool_{field}.position = cases.{field}_place" for field in LISTS)
    columns = []
    for name, expression in _COLUMNS.items():
        branches = "".join(
            f"WHEN {kind} THEN {value} " for kind, (field, value) in enumerate(SPOILT, start=1) if field == name
        )
        # The last kind is a row that names its publication and says nothing of the patient.
        emptied = (
            f"WHEN {KINDS_OF_BAD} THEN NULL "
            if list(_COLUMNS).index(name) > list(_COLUMNS).index("patient_index")
            else ""
        )
        columns.append(
            f"CASE bad_kind {branches}{emptied}ELSE {expression} END AS {name}"
            if branches or emptied
            else f"{expression} AS {name}"
        )
    return f"""
SELECT {", ".join(columns)}
FROM (
    SELECT cases.*, {lists}, {bad} AS bad_kind, draw(cases.row_number, 'changed') < {changed_share} AS is_changed
    FROM cases {joins}
) AS cases
INNER JOIN publications ON publications.number = cases.number
INNER JOIN templates ON templates.position = cases.template_place
INNER JOIN (SELECT position, notes FROM templates) AS notes ON notes.position = cases.notes_place
ORDER BY cases.place_in_file
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the generator."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generate", description="Generate a large file of case reports."
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="number of rows (default: 1000000)")
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same file (default: 1)")
    parser.add_argument(
        "--change", type=float, default=0.0, help="share of the rows that differ from the unchanged file"
    )
    options = parser.parse_args(arguments)
    generate(options.out, options.rows, seed=options.seed, changed_share=options.change)


if __name__ == "__main__":
    main()
