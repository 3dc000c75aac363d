"""Training: one run from a study's cell to its predictions."""
