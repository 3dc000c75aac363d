"""A user's own images: in class folders, with or without folders for the splits above them, or
wherever they lie, with a table of their labels or without any."""

import posixpath
import re
import shlex
from collections.abc import Callable

import pandas as pd

from fer_core.data.card import Card
from fer_core.data.index import SKIPPED, UNLABELLED, without_label
from fer_core.data.own import FOLDER, Own, folded
from fer_core.data.readers.label_table import labelled_images
from fer_core.data.readers.layouts import (
    IMAGE_SUFFIXES,
    below_root,
    class_folders,
    label,
    make_rows,
)
from fer_core.data.readers.names import listed_only
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError, UnknownNameError, unknown

CARD = Card(
    name=FOLDER,
    title="Class folders",
    citation="the owner of the images",
    licence="unknown: ask the owner of the images",
    labelled="whoever sorted the images into folders or wrote the table of labels",
    consent="unknown: ask the owner of the images",
    publishable=False,
    obtain=(
        "a folder or zip archive with one folder per emotion, and optionally train/, val/ and "
        "test/ above; or pictures anywhere in it, with --labels TABLE.csv"
    ),
    persons="unknown",
    shows="unknown",
    problems=("the fixed central square of each image is used: no face is detected",),
    store_size=96,
    channels=None,
    tested_on="real and generated images in class folders",
    test_split=(
        "the folder test/ if there is one, else 20 % made here: seeded, stratified, copies and "
        "near copies kept together"
    ),
)
SKIP = {"emotion": "", "excluded": SKIPPED}
LAYOUT = "one folder per emotion, named after it"


@register(CARD)
def read(source: Source) -> Reading:
    """Read one row per file of the class folders; all or none of these lie below a split folder."""
    return read_folder(source, Own())


def read_folder(source: Source, own: Own) -> Reading:
    """Read one row per picture, labelled by its folder, by the table of `own`, or not at all.

    What is skipped and what has no label is kept and excluded. FerError for a folder or a label
    that means nothing, for a word of `own` that is none of them, and where only a part has a split.
    """
    words = Vocabulary(own)
    if own.labels:
        rows = labelled_images(source, own.labels, words)
    elif own.unlabelled:
        rows = _pictures(source, source.names(*IMAGE_SUFFIXES), words.skipped_or_unlabelled)
    else:
        skipped = [name for name in source.names(*IMAGE_SUFFIXES) if words.skips(name)]
        rest = source.without(skipped) if skipped else source
        words.meet_class_folders(rest)
        words.check_all_met()
        rows = class_folders(rest, words)
        if skipped:
            rows = pd.concat([rows, _pictures(source, skipped, words.skipped_or_unlabelled)])
            rows = rows.reset_index(drop=True)
    words.check_all_met()
    rows["split"] = _split(source, rows, own)
    rows["sample_id"] = below_root(rows["path"])
    if own.person:
        rows["person"] = persons(source, rows["path"], own.person)
    read = listed_only(source) if own.labels else source.read
    return Reading(make_rows(rows, source, LAYOUT), read)


class Vocabulary:
    """What a folder's name or a label means by the words of its owner, else by everybody's.

    Called with a word, it returns the label columns, or raises UnknownNameError with the way out.
    """

    def __init__(self, own: Own):
        self._own = own
        self._mapped = own.meanings()
        self._skipped = {folded(word) for word in own.skip}
        self._labels: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def __call__(self, word: str) -> dict[str, str]:
        """Return the label columns of `word`; UnknownNameError with the way out if it has none."""
        key = _meet(self._labels, word)
        if key in self._skipped:
            return {"source_label": word, **SKIP}
        try:
            return {**label(self._mapped.get(key, word)), "source_label": word}
        except UnknownNameError as error:
            quoted = shlex.quote(word)
            raise UnknownNameError(
                f"{error}; say what it means with --map {quoted}=EMOTION, or leave its pictures "
                f"out with --skip {quoted}"
            ) from error

    def meet_class_folders(self, source: Source) -> None:
        """Learn the folders' names before one of them is refused: it may be a word misspelt."""
        if self._own.map:
            for folder in {posixpath.dirname(name) for name in source}:
                _meet(self._labels, posixpath.basename(folder))

    def skips(self, name: str) -> bool:
        """Say whether the file `name` lies, at any depth, below a folder to be skipped."""
        met = {_meet(self._folders, part) for part in name.split("/")[:-1]}
        return not met.isdisjoint(self._skipped)

    def skipped_or_unlabelled(self, name: str) -> str:
        """Say why a picture that no label is sought for is excluded."""
        return SKIPPED if self.skips(name) else UNLABELLED

    def check_all_met(self) -> None:
        """Raise FerError with the nearest words for one of --map and --skip that stands nowhere."""
        what = "label of the table" if self._own.labels else "folder"
        everything = self._folders | self._labels
        for option, words, met in (
            ("map", self._own.map, self._labels),
            ("skip", self._own.skip, everything),
        ):
            for word in words:
                if folded(word) not in met:
                    raise unknown(f"{what} in --{option}", word, met.values())


def _meet(met: dict[str, str], word: str) -> str:
    key = folded(word)
    if key:
        met.setdefault(key, word)
    return key


def persons(source: Source, paths: pd.Series, pattern: str) -> pd.Series:
    """Return the person of each path: the first group of `pattern` in it, or the whole match; ""
    where there is none. FerError where no path has one."""
    compiled = re.compile(pattern)
    group = min(compiled.groups, 1)
    found = [match[group] or "" if (match := compiled.search(path)) else "" for path in paths]
    if len(found) and not any(found):
        raise FerError(
            f"--person {pattern!r} finds no person in any path of {source.path}, such as "
            f"{paths.iloc[0]!r}; the first group of the pattern, or all it matches, is the person"
        )
    return pd.Series(found, index=paths.index, dtype="str")


def _pictures(source: Source, names: list[str], reason: Callable[[str], str]) -> pd.DataFrame:
    """Return rows of pictures without an emotion."""
    rows = class_folders(source.only(names), lambda word: {"source_label": word, **SKIP})
    reasons = pd.Series([reason(name) for name in rows["path"]], index=rows.index, dtype="str")
    labels = rows["source_label"].mask(reasons == UNLABELLED, "")
    return rows.assign(excluded=reasons, source_label=labels)


def _split(source: Source, rows: pd.DataFrame, own: Own) -> pd.Series:
    """Return each row's split, "" for all where it is to be made; the unlabelled go along."""
    split = rows["split"]
    if own.all_test or own.unlabelled:
        return pd.Series("test", index=rows.index, dtype="str")
    labelled = ~without_label(rows["excluded"])
    without = rows["path"][(split == "") & labelled]
    if 0 < len(without) < labelled.sum():
        if own.labels:
            raise FerError(
                f"{own.labels} gives {without.iloc[0]} no split, others have one; give every "
                "picture a split, or none"
            )
        raise FerError(
            f"{source.path}: {without.iloc[0]} lies below no split folder, others do; put every "
            "class folder below train/, val/ or test/, or none"
        )
    known = set(split[labelled]) - {""}
    if not known:
        return split.mask(~labelled, "")
    return split.mask((split == "") & ~labelled, "train" if "train" in known else min(known))
