"""The tables of Grad-CAM heat maps that a run leaves, and where eyes and mouth lie in a test set.

`cam.parquet` holds few maps at full size, by rule; `cam_images.parquet` one small map per image.
"""

from pathlib import Path

from fer_core import paths

COLUMNS = ("test", "sample_id", "emotion", "predicted", "rule", "height", "width", "grid")
CORRECT, WRONG, MEAN = "first correct", "first wrong", "mean of "  # the last with a number
IMAGES = ("test", "sample_id", "emotion", "predicted", "grid")
SIDE = 12  # of a small map; the nets that are explained tell 6 to 14 places a side apart
EYES, MOUTH = "eyes", "mouth"


def regions_file(study: str, dataset: str) -> Path:
    """Return where a study's results keep where eyes and mouth lie in the pictures of a set."""
    return paths.results_dir() / study / "data" / f"{dataset}.regions.json"
