"""What sources say of the people on their images, in one vocabulary, and what results keep of it.

Age is a number (`age`, years) where a source has one, and `age_group` everywhere. Whether a source
speaks of `ethnicity` or of `race` is kept in the name of the attribute, and so are its own words:
one set's are not another's. "" is what is not known.
"""

from bisect import bisect
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.csv_files import read_csv
from fer_core.errors import FerError, unknown
from fer_core.files import write_text
from fer_core.persons import scored_images

AGE, AGE_GROUP = "age", "age_group"
ATTRIBUTES = (AGE_GROUP, "gender", "ethnicity", "race")
# RAF-DB's groups, the only ones that a source gives: ages in years are put into them.
AGE_GROUPS = {"0-3": 0, "4-19": 4, "20-39": 20, "40-69": 40, "70+": 70}
OLDEST = 122  # the longest life that is documented
NOT_SAID = ("", "NA")


def _as_they_are(*words: str) -> dict[str, str]:
    return {word: word for word in words}


def _codes(*words: str) -> dict[str, str]:
    return {str(code): word for code, word in enumerate(words)}


# By source and attribute: the source's words or codes, and ours.
VOCABULARIES: dict[str, dict[str, dict[str, str]]] = {
    # Columns face_gender and face_eth of london_info.csv (DeBruine & Jones 2017).
    "london": {
        "gender": _as_they_are("female", "male"),
        "ethnicity": _as_they_are("black", "east_asian", "east_asian/white", "west_asian", "white"),
    },
    # The three lines after the five landmarks (Li et al. 2017, read me of the basic part).
    "rafdb": {
        "gender": _codes("male", "female", "unsure"),
        "race": _codes("Caucasian", "African-American", "Asian"),
        AGE_GROUP: _codes(*AGE_GROUPS),
    },
    # The sex in a KDEF file name (Lundqvist et al. 1998; kdef.se).
    "kdef": {"gender": {"F": "female", "M": "male"}},
}


def age_group(age: str) -> str:
    """Return the group of AGE_GROUPS of an age in years, the last one whose first year it has
    reached; "" for what is no age of a person."""
    try:
        years = float(age)
    except ValueError:
        return ""
    if not 0 <= years <= OLDEST:
        return ""
    return list(AGE_GROUPS)[bisect(list(AGE_GROUPS.values()), years) - 1]


def attributes_file(study: str, dataset: str) -> Path:
    """Return where a study's results keep the attributes of the people of a data set."""
    return paths.results_dir() / study / "data" / f"{dataset}.attributes.csv"


def write_attributes(study: str, dataset: str, index: pd.DataFrame) -> None:
    """Write what is known of the people on the images that a model may be scored on: `sample_id`
    and those of ATTRIBUTES of which `index`, that of the data set, knows any; else no file."""
    path = attributes_file(study, dataset)
    known = index[scored_images(index)].sort_values("sample_id")
    words = {name: known[name] for name in ATTRIBUTES if name in known}
    if AGE in known:
        derived = known[AGE].map(age_group)
        given = words.pop(AGE_GROUP, derived)
        words = {AGE_GROUP: given.where(given != "", derived), **words}
    told = pd.DataFrame(words, index=known.index, dtype="str")
    told = told.loc[(told != "").any(axis=1), (told != "").any()]
    if told.empty:
        path.unlink(missing_ok=True)
        return
    table = pd.concat([known["sample_id"].loc[told.index], told], axis=1)
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def attribute_of(study: str, dataset: str, name: str, sample_ids: Sequence[str]) -> np.ndarray:
    """Return the attribute `name` of images as a study's results keep it,
    (n,) words in the order of `sample_ids`.

        old = attribute_of("open", "london", "age_group", outcome.drawn.sample_id) == "40-69"
        outcome.estimate(lambda rows, w: w @ (rows.hit & old) / (w @ old))
    """
    path, way_out = attributes_file(study, dataset), f"run: fer summarise {study}"
    if not path.is_file():
        raise FerError(f"the results of {study} tell nothing of the people of {dataset}; {way_out}")
    table = read_csv(path, columns=("sample_id",), way_out=way_out).set_index("sample_id")
    if name not in table:
        raise unknown(f"attribute of {dataset}", name, table.columns)
    words = table[name].to_dict()
    return np.array([words.get(sample, "") for sample in map(str, sample_ids)], dtype=str)
