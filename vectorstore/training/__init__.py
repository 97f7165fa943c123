"""Training of the built-in encoder; nothing else in the project imports this package."""
