"""Names of FER2013's images in the layouts that copies of it have; the files are empty."""

from collections.abc import Iterable

from fer_core.data.readers.fer2013_official import official_labels

PUBLIC, PRIVATE = 28709, 32298  # the first rows of the public and the private test part


def numbered(parts: dict[str, Iterable[int]], name: str = "{row}.jpg") -> dict[str, bytes]:
    """Class folders below the folders `parts`, the files named by row, each under its own label."""
    labels = official_labels()
    return {
        f"{folder}/{labels[row]}/{name.format(row=row)}": b""
        for folder, rows in parts.items()
        for row in rows
    }


def kaggle() -> dict[str, bytes]:
    """Folders train and test whose names tell the official part, with a number that is no row."""
    return {
        "train/angry/Training_10118481.jpg": b"",
        "test/happy/PublicTest_10131363.jpg": b"",
        "test/happy/PrivateTest_10131364.jpg": b"",
    }
