"""Near copies, shared persons and leaks, within a data set and between two."""
