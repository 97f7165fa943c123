"""A question to a checked answer: `python -m assistant "问题"`."""
