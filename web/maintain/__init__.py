"""What maintainers do: bring in documents, see what changes, apply it, take it back."""
