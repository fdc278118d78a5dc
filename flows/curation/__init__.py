"""Curation: decisions of a person that win over every source and last, and the review sheets that they come from.

`decisions.py` reads and writes the files of decisions, `stage.py` makes contributions of them, `values.py` says what may be
decided. `review.py`, `sheet.py` and `answers.py` write what needs an eye to a workbook and take the answers back,
`agreement.py` compares the answers of two reviewers.
"""
