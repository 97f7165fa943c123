"""What staff do: look at answers and their sources, sign them, see what could not be answered."""
