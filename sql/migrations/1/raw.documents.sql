-- Title:  raw.documents of a registry that knew no narratives: none
SELECT NULL::VARCHAR AS source_key, NULL::VARCHAR AS file_sha256
WHERE false;
