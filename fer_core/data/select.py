"""Which rows train, validate and test. What would leak is dropped here and counted, or refused."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from fer_core.data.confidence import label_confidence
from fer_core.data.copies.leaks import find_leaks
from fer_core.data.dataset import Dataset
from fer_core.data.index import conflicting
from fer_core.errors import FerError
from fer_core.study import Study

LeakRule = Literal["drop", "keep"]
NEAR = {"test": "near copy of a test image", "val": "near copy of a validation image"}
PERSON = {"test": "person in a test split", "val": "person in the validation split"}


@dataclass(frozen=True)
class TrainingRows:
    """Row positions in the training set's index and store; `dropped` counts the rest by reason."""

    train: np.ndarray
    validation: np.ndarray
    dropped: dict[str, int]

    def seen(self) -> np.ndarray:
        """Return all rows that a model has met before it is tested, sorted."""
        return np.sort(np.concatenate([self.train, self.validation]))


def study_rows(study: Study, train: Dataset, tests: list[Dataset]) -> TrainingRows:
    """Return the rows of a training set by the rules of a study; see `training_rows`."""
    return training_rows(
        train,
        tests,
        study.leaks.get(train.name),
        without_flagged=study.flagged == "drop",
        least=study.label_confidence.get(train.name),
    )


def training_rows(
    train: Dataset,
    tests: list[Dataset],
    leaks: LeakRule | None = None,
    without_flagged: bool = False,
    least: float | None = None,
) -> TrainingRows:
    """Return the rows to train on and to validate with, none with a byte copy in a test split.

    Copies are found by the sha256 of the files' bytes. The test splits are those of `tests` and of
    `train` itself, excluded rows included. A row of the training part is dropped when it is
    excluded, has a copy in a test split or in the validation part, belongs to copies with
    conflicting labels, or is a later copy; a row of the validation part when it is excluded or has
    a copy in a test split.

    A row of the training part is also dropped, with `without_flagged`, when screening flags it,
    and when its label's confidence (`fer_core.data.confidence`) is below `least`.

    Of what is left, rows with a near copy in a test split, or of a person in one, and training rows
    that share either with the validation rows, are dropped too (`leaks="drop"`), kept ("keep"), or
    a FerError that counts them (None). Each row is counted under the first reason that holds.
    """
    index = train.index
    in_test = index["sha256"].isin(_test_hashes([train, *tests]))
    is_val = index["split"] == "val"
    reason = index["excluded"].where(index["excluded"] == "", "excluded: " + index["excluded"])
    reason = reason.mask((reason == "") & in_test, "copy in a test split")
    in_val = index["sha256"].isin(index["sha256"][is_val])
    in_train = index["split"] == "train"
    reason = reason.mask((reason == "") & in_val & in_train, "copy in the validation split")
    reason = reason.mask((reason == "") & conflicting(index) & in_train, "conflicting copies")
    if without_flagged:
        reason = reason.mask((reason == "") & in_train & (index["flags"] != ""), "flagged")
    if least is not None:
        doubtful = label_confidence(train, least) < least
        text = f"label confidence below {least:g}"
        reason = reason.mask((reason == "") & in_train & doubtful, text)
    left = index[in_train & (reason == "")]
    reason[left.index[left.duplicated("group")]] = "later copy"
    if leaks != "keep":
        found = _mark_leaks(train, tests, reason, whole=leaks is None)
        if leaks is None and found:
            raise _refusal(train.name, found)
    train_rows, validation = in_train & (reason == ""), is_val & (reason == "")
    _check_some(train, "train", in_train, reason)
    _check_some(train, "validate", is_val, reason)
    dropped = _count("train: ", reason[in_train]) | _count("validation: ", reason[is_val])
    return TrainingRows(np.flatnonzero(train_rows), np.flatnonzero(validation), dropped)


def test_rows(dataset: Dataset) -> np.ndarray:
    """Return the test split's row positions without excluded rows; none at all raises FerError."""
    excluded, in_test = dataset.index["excluded"], dataset.index["split"] == "test"
    _check_some(dataset, "test", in_test, excluded.where(excluded == "", "excluded: " + excluded))
    return np.flatnonzero(in_test & (excluded == ""))


def draw_rows(dataset: Dataset, rows: TrainingRows, n: int, seed: int) -> TrainingRows:
    """Keep `n` training rows, drawn by `seed`, and the same share of the validation rows, which
    are the same for every seed.

    Every emotion keeps its share within one image; what is left out is counted. `n` as large as the
    training part keeps everything.
    """
    if n >= len(rows.train):
        return rows
    share = n / len(rows.train)
    emotion = dataset.index["emotion"].to_numpy()
    kept, dropped = [], dict(rows.dropped)
    for part, name, by in ((rows.train, "train", seed), (rows.validation, "validation", 0)):
        some = _stratified(emotion[part], round(share * len(part)), by)
        kept.append(part[some])
        dropped[f"{name}: outside the draw"] = len(part) - len(some)
    return TrainingRows(kept[0], kept[1], dropped)


def _stratified(classes: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Draw `n` sorted positions; each class has its share, largest remainders are rounded up."""
    names, codes, counts = np.unique(classes, return_inverse=True, return_counts=True)
    exact = counts * (n / len(classes))
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact, kind="stable")[: n - quota.sum()]] += 1
    draw = np.random.default_rng(seed).permutation(len(classes))
    parts = [draw[codes[draw] == code][: quota[code]] for code in range(len(names))]
    return np.sort(np.concatenate(parts))


def _mark_leaks(
    train: Dataset, tests: list[Dataset], reason: pd.Series, whole: bool
) -> dict[str, int]:
    """Write a reason to each row that leaks by a near copy or a person; return what leaks where,
    as {"near copies in the test split of x": rows}.

    A row that leaks twice counts twice. With `whole`, rows that leak into a test count for the
    validation split too; else what is left is held apart from what is left of it.
    """
    found: dict[str, int] = {}
    split = train.index["split"].to_numpy()
    free = (reason == "").to_numpy()
    others = {test.name: test for test in tests if test.name != train.name}
    for test in (train, *others.values()):
        rows = np.flatnonzero(free & (split != "test"))
        part = np.flatnonzero((test.index["split"] == "test").to_numpy())
        _mark(train, rows, test, part, "test", reason, found)
    free = free if whole else (reason == "").to_numpy()
    rows, part = np.flatnonzero(free & (split == "train")), np.flatnonzero(free & (split == "val"))
    _mark(train, rows, train, part, "val", reason, found)
    return found


def _mark(
    train: Dataset,
    rows: np.ndarray,
    test: Dataset,
    part: np.ndarray,
    split: str,
    reason: pd.Series,
    found: dict[str, int],
) -> None:
    leaks = find_leaks(train, rows, test, part)
    place = f"the test split of {test.name}" if split == "test" else "the validation split"
    for what, shared, text in (
        ("near copies of images in", leaks.near, NEAR[split]),
        ("show persons in", leaks.persons, PERSON[split]),
    ):
        if len(shared.train):
            found[f"{what} {place}"] = len(shared.train)
        marked = shared.train[(reason.iloc[shared.train] == "").to_numpy()]
        reason.iloc[marked] = text


def _refusal(name: str, found: dict[str, int]) -> FerError:
    counts = "; ".join(f"{n:,} {what}" for what, n in found.items())
    return FerError(
        f"the images that {name} would train and validate with leak into what they are tested on: "
        f"{counts}; in the study file, `leaks: {{{name}: drop}}` leaves them out and "
        f"`leaks: {{{name}: keep}}` uses and marks them; or prepare another split"
    )


def _test_hashes(datasets: list[Dataset]) -> set[str]:
    hashes: set[str] = set()
    for dataset in datasets:
        hashes |= set(dataset.index["sha256"][dataset.index["split"] == "test"])
    return hashes


def _count(prefix: str, reasons: pd.Series) -> dict[str, int]:
    counts = reasons[reasons != ""].value_counts(sort=False).sort_index()
    return {f"{prefix}{reason}": int(n) for reason, n in counts.items()}


def _check_some(dataset: Dataset, purpose: str, part: pd.Series, reason: pd.Series) -> None:
    """Raise FerError that counts the reasons when each row of a part has one."""
    if (part & (reason == "")).any():
        return
    counts = _count("", reason[part])
    why = "; ".join(f"{n:,} {text}" for text, n in counts.items()) or "that part has no image"
    raise FerError(
        f"{dataset.name} has no image to {purpose} with: {why} "
        f"(test split: {dataset.card.test_split}); choose another data set for this"
    )
