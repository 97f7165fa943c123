"""Quality and speed on question sets, against named references; figures in RESULTS.md. It stands above all packages."""
