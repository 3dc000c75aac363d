"""The table `cam.parquet` that a run leaves: its columns, and by which rule an image is in it."""

COLUMNS = ("test", "sample_id", "emotion", "predicted", "rule", "height", "width", "grid")
CORRECT, WRONG, MEAN = "first correct", "first wrong", "mean of "  # the last with a number
