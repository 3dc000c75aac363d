"""Where the split of a data set comes from, and how it compares with the official one."""

from typing import Any, NamedTuple

import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.index import SPLIT_FOLDERS, SPLITS
from fer_core.data.official import Counts, Official, total
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry, list_datasets
from fer_core.errors import FerError, unknown

OFFICIAL, DISTRIBUTED, PUBLISHED = "official", "as distributed", "published list"
MADE, WHOLE, COMPILED = "made here", "whole set", "compiled"
EVERY = "all of it is the test part"
CHOICES = {
    "official": "the official parts, where the files tell them",
    "distributed": "the folders or lists of the source as they are",
    "val-as-test": "the validation part as the test part of a source that has no other",
}


class Origin(NamedTuple):
    """`word` is one of the words above; `note` says in a sentence what has to be said of it."""

    word: str
    note: str


def split_origin(dataset: Dataset) -> Origin:
    """Say where the split of a prepared set comes from.

    It is "official" only where the set has every image of the official list, each in its official
    part, or as many of each emotion in each part where the list is known by its counts alone.
    "as distributed" is any other split that the source has; "whole set" has no part but the test.
    """
    index, card = dataset.index, dataset.card
    if card.sources:
        return Origin(COMPILED, card.test_split)
    if dataset.own.get("all_test"):
        return Origin(WHOLE, EVERY)
    official = get_entry(dataset.reader).official if dataset.reader in list_datasets() else None
    if dataset.split_list:
        return Origin(PUBLISHED, f"by the list with the SHA-256 {dataset.split_list[:12]}")
    if card.generated is not None or (index["source_split"] == "").all():
        whole = card.generated is None and (index["split"] == "test").all()
        return Origin(WHOLE, EVERY) if whole else Origin(MADE, "")
    theirs = official.part(index) if official and official.part else None
    made = _made_here(index, theirs)
    compared = Origin(DISTRIBUTED, "")
    if official is not None:
        compared = _compared(official, index, index["split"].mask(made, "train"), theirs)
    notes = filter(None, (compared.note, *_choices(index, made)))
    return Origin(compared.word, "; ".join(notes))


def split_facts(dataset: Dataset) -> dict[str, Any]:
    """Return the origin as a summary keeps it."""
    origin = split_origin(dataset)
    return {"split_origin": origin.word, "split_note": origin.note}


def chosen_split(reading: Reading, reader: str, choice: str) -> Reading:
    """Return the reading with the split that the user chose of CHOICES.

    FerError where the source does not have what that choice needs.
    """
    if choice not in CHOICES:
        raise unknown("split", choice, CHOICES)
    rows = reading.rows.copy()
    if choice == "val-as-test":
        if "val" not in set(rows["split"]) or "test" in set(rows["split"]):
            raise FerError(
                "--split val-as-test is for a source with a validation part and no test part; "
                "leave it out"
            )
        rows["split"] = rows["split"].replace("val", "test")
    elif choice == "distributed":
        if (rows["source_split"] == "").any():
            raise FerError("the source has no split of its own; leave out --split distributed")
        rows["split"] = rows["source_split"].map(SPLIT_FOLDERS)
    else:
        rows["split"] = _official_parts(rows, reader)
    return Reading(rows, reading.read, reading.decode, reading.notes)


def _official_parts(rows: pd.DataFrame, reader: str) -> pd.Series:
    official = get_entry(reader).official
    if official is None or official.part is None:
        raise FerError(f"no list of the official parts of {reader} is known; leave out --split")
    parts = official.part(rows)
    if (parts == "").any():
        raise FerError(
            f"the official part of {(parts == '').sum():,} of {len(rows):,} images is not told, "
            f"for example of {rows['path'][parts == ''].iloc[0]}; a file's name must tell "
            f"{official.told}"
        )
    return parts


def _compared(
    official: Official, index: pd.DataFrame, own: pd.Series, theirs: pd.Series | None
) -> Origin:
    """Compare the parts `own`, which the source has, with the official ones of each row."""
    if theirs is None:
        if _counts(official, index, own) == official.counts:
            return Origin(OFFICIAL, "by its counts: the list itself is not known here")
        return Origin(DISTRIBUTED, "its counts are not those of the official list")
    of_set = (theirs != "") | (index["emotion"] != "")  # others are no images of the set
    if (theirs[of_set] == "").any():
        return Origin(DISTRIBUTED, _incomparable(official, index, theirs))
    if (own != theirs)[of_set].any():
        return Origin(DISTRIBUTED, _difference(official, own[of_set], theirs[of_set]))
    found = _counts(official, index, theirs)
    if found != official.counts:
        return Origin(DISTRIBUTED, _incomplete(_images(official.counts) - _images(found)))
    other = int((_folders(index) != own)[of_set].sum())
    note = f"the source has {other:,} images in other parts, which `--split distributed` keeps"
    return Origin(OFFICIAL, note if other else "")


def _counts(official: Official, index: pd.DataFrame, parts: pd.Series) -> Counts:
    """Return what the official counts are to be compared with: images by emotion or altogether."""
    found: dict[str, dict[str, int] | int] = {}
    for part, n in official.counts.items():
        emotions = index["emotion"][(parts == part) & (index["emotion"] != "")]
        by_emotion = {str(k): int(v) for k, v in emotions.value_counts().items()}
        found[part] = int((parts == part).sum()) if isinstance(n, int) else by_emotion
    return found


def _images(counts: Counts) -> int:
    return sum(map(total, counts.values()))


def _made_here(index: pd.DataFrame, theirs: pd.Series | None) -> pd.Series:
    """Return True for validation images that were taken here from the source's training part. Where
    the official list has all of them in the validation part, that was restored instead."""
    made = (index["split"] == "val") & (_folders(index) == "train")
    return made if theirs is None else made & bool((theirs[made] != "val").any())


def _folders(index: pd.DataFrame) -> pd.Series:
    """Return the parts that the source's own words for them mean."""
    return index["source_split"].map(SPLIT_FOLDERS).fillna("").astype("str")


def _incomplete(missing: int) -> str:
    if missing > 0:
        return f"every image is in its official part, but {missing:,} official images are missing"
    return "every image is in its official part, but labels or numbers are not the official ones"


def _incomparable(official: Official, index: pd.DataFrame, theirs: pd.Series) -> str:
    tests = [total(official.counts.get(part, 0)) for part in ("val", "test")]
    n = int((index["split"] == "test").sum())
    note = (
        "it cannot be compared with the official list: the file names of "
        f"{(theirs == '').sum():,} images tell no official part"
    )
    if n == sum(tests) > max(tests):
        note += f"; its {n:,} test images are as many as both official test parts have"
    return note


def _difference(official: Official, own: pd.Series, theirs: pd.Series) -> str:
    """Say what the parts hold that are not the official ones, and the way back to these."""
    told = []
    for part in reversed(SPLITS):
        of_part = theirs[own == part]
        if (of_part != part).any():
            counts = of_part.value_counts()
            kinds = [f"{counts[p]:,} official {official.names[p]}" for p in SPLITS if p in counts]
            told.append(f"the {len(of_part):,} {part} images are {', '.join(kinds)} ones")
    return f"not the official split: {'; '.join(told)}; `--split official` restores it"


def _choices(index: pd.DataFrame, made: pd.Series) -> list[str]:
    """Say what was decided about the source's parts, or is left to decide."""
    folders = _folders(index)
    notes = []
    if (folders == "val").any() and ((folders == "val") == (index["split"] == "test")).all():
        notes.append("the source's validation part is the test part")
    if made.any():
        notes.append("the validation part is a tenth of the training part, taken here")
    if "test" not in set(index["split"]) and "val" in set(index["split"]):
        notes.append(
            "there is no test part; add it with `--split val-as-test` to test on its validation "
            "part"
        )
    return notes
