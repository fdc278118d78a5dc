SELECT *, payload ->> 'title' AS title, payload ->> 'year' AS year, payload ->> 'record_no' AS record_no FROM quality.quarantine
