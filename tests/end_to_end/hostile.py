"""A folder with one good file and nine that cannot be read."""

from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import openpyxl

GOOD = "record_id,age_years,sex,lesion_sites\n1,55,female,left knee\n2,18 months,male,scrotum\n"


def write_hostile_folder(folder: Path) -> Path:
    """Write the files; each broken one is broken in another way."""
    folder.mkdir()
    noise = random.Random(7)
    (folder / "good.csv").write_text(GOOD, encoding="utf-8")
    (folder / "empty.csv").touch()
    (folder / "encoding.csv").write_bytes(b"record_id,age_years\n1,\xc3\x28\x81\x8d\x00\x9f\n")
    (folder / "truncated.csv.gz").write_bytes(gzip.compress(GOOD.encode() * 50)[:-20])
    book = openpyxl.Workbook()
    book.worksheets[0].append(["record_id", "age_years"])
    whole = io.BytesIO()
    book.save(whole)
    (folder / "truncated.xlsx").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    (folder / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + noise.randbytes(300))
    headings = ",".join(f"column_{number}" for number in range(300))
    (folder / "wide.csv").write_text(f"{headings}\n{headings}\n", encoding="utf-8")
    (folder / "cell.csv").write_text(f"record_id,notes\n1,{'x' * 50_000_000}\n", encoding="utf-8")
    (folder / "noise.parquet").write_bytes(noise.randbytes(2000))
    (folder / "cut.json").write_text('[{"record_id": "1", "age_years": "5', encoding="utf-8")
    return folder
