"""Notes with people and files, and the history that they stand in."""
