"""Files to documents to passages to a new index generation: `python -m ingest`."""
