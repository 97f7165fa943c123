"""Training of the reader; nothing else in the project imports this package."""
