SELECT line_number, doi, pmid, pmcid FROM staging.record_keys
