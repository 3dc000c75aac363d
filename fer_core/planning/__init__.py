"""Before a study starts: what it lacks, what it costs here, and the same at a size that fits."""
