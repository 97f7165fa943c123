"""One module a format, each run in a child process of its own: bytes to blocks. Parsers are imported here and nowhere else."""
