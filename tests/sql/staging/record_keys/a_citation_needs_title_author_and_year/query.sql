SELECT line_number, citation, address FROM staging.record_keys
