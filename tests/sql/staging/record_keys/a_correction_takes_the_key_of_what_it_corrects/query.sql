SELECT record_key, corrects_record_sha256 FROM staging.record_keys
