"""Laws that hold for any input, tried with inputs nobody would think of: `make fuzz`. What was found is a test of its own elsewhere."""
