"""Who is shown on which image, as numbers: what results keep of the persons of a data set."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.csv_files import read_csv
from fer_core.files import write_text

COLUMNS = ("sample_id", "person")
PERSON = "person"  # a column of predictions: the number as text, "" where nobody is known


def persons_file(study: str, dataset: str) -> Path:
    """Return where a study's results keep the persons of a data set."""
    return paths.results_dir() / study / "data" / f"{dataset}.persons.csv"


def scored_images(index: pd.DataFrame) -> pd.Series:
    """Say for each image of a data set's index whether a model may be scored on it."""
    return (index["excluded"] == "") & index["split"].isin(("val", "test"))


def write_persons(study: str, dataset: str, index: pd.DataFrame) -> None:
    """Write the persons of the images that a model may be scored on; no file where none is known.

    `index` is that of a data set. A person is a number in the order of the sample ids, so that the
    file repeats no name.
    """
    path = persons_file(study, dataset)
    known = index[scored_images(index) & (index["person"] != "")].sort_values("sample_id")
    if known.empty:
        path.unlink(missing_ok=True)
        return
    table = pd.DataFrame(
        {"sample_id": known["sample_id"], "person": pd.factorize(known["person"])[0]}
    )
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def with_persons(predictions: pd.DataFrame, study: str, column: str = "test") -> pd.DataFrame:
    """Return a long table of predictions with the column PERSON.

    `column` names the column that says whose images they are: "test", or "train" for validation
    images. An image that the file does not name shows nobody known.
    """
    person = np.full(len(predictions), "", dtype=object)
    for dataset in dict.fromkeys(predictions[column]):
        path = persons_file(study, str(dataset))
        if path.is_file():
            table = read_csv(path, columns=COLUMNS, way_out=f"run: fer summarise {study}")
            numbers = dict(zip(table["sample_id"], table["person"], strict=True))
            theirs = (predictions[column] == dataset).to_numpy()
            ids = predictions["sample_id"][theirs].astype(str)
            person[theirs] = [numbers.get(sample, "") for sample in ids]
    return predictions.assign(**{PERSON: person})
