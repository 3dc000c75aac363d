"""FER+: ten annotators' votes for the images of FER2013."""

import numpy as np
import pandas as pd

from fer_core.data.card import Card
from fer_core.data.readers import fer2013
from fer_core.data.readers.fer2013_official import OF_THE_IMAGES, row_id
from fer_core.data.readers.layouts import read_table
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.emotions import EMOTIONS, VOCABULARIES
from fer_core.errors import FerError

TABLE = "fer2013new.csv"
VOTES = tuple(VOCABULARIES["ferplus"])  # neutral, happiness, ..., contempt, unknown, NF
MEANINGS = tuple(VOCABULARIES["ferplus"].values())

CARD = Card(
    name="ferplus",
    title="FER+",
    citation=(
        "Barsoum, E., Zhang, C., Canton Ferrer, C., & Zhang, Z. (2016). Training deep networks "
        "for facial "
        "expression recognition with crowd-sourced label distribution. ICMI 2016. "
        "doi:10.1145/2993148.2993165 (labels); images: FER2013, Goodfellow et al. (2013)"
    ),
    licence="labels MIT; images as FER2013: unclear",
    labelled="ten crowd-sourced annotators for each image; here by the answer most of them gave",
    consent="not asked: the images are those of FER2013, found by a web image search",
    publishable=False,
    obtain=(
        "fer2013new.csv from github.com/microsoft/FERPlus, put into the folder or zip archive "
        "of FER2013 "
        "(its CSV, or class folders with files named ferNNNNNNN by row of the CSV)"
    ),
    persons="unknown; the same person may appear several times",
    shows="the images of FER2013, labelled again by ten people each",
    problems=(
        "images without a single majority among the seven emotions (tie, contempt, unknown or not "
        "a face) are excluded",
        "the copies within FER2013 remain",
        "disgust and fear are rare",
        "its test part is official only where that of the images is: see FER2013",
    ),
    store_size=fer2013.SIDE,
    channels=1,
    tested_on=(
        "one archive with fer2013new.csv and FER2013 in class folders, JPEG files named by row"
    ),
    test_split=(
        "FER2013's as its files have it; where that is the official one, PrivateTest, with "
        "PublicTest as the validation part"
    ),
)


@register(CARD, OF_THE_IMAGES)
def read(source: Source) -> Reading:
    """Read FER2013's images with the majority label; the votes are kept as `vote_*` columns."""
    name = source.find(TABLE)
    if name is None:
        raise FerError(f"{source.path} lacks {TABLE}; {CARD.obtain}")
    images = fer2013.read(source)
    votes = read_votes(source, name)
    rows = images.rows
    missing = ~rows["sample_id"].isin(votes.index)
    if missing.any():
        raise FerError(
            f"{source.path}: {name} has no row for {rows['sample_id'][missing].iloc[0]}; FER+ "
            f"joins by row "
            "number: it needs FER2013's CSV or files named ferNNNNNNN, and a whole fer2013new.csv"
        )
    matched = votes.loc[rows["sample_id"]].reset_index(drop=True)
    rows = rows.drop(columns=["source_label", "emotion", "excluded"])
    return Reading(
        pd.concat([rows, majority(matched), matched], axis=1), images.read, images.decode
    )


def read_votes(source: Source, name: str) -> pd.DataFrame:
    """Read votes by sample id: int columns vote_angry, ..., vote_not_a_face in the file's order."""
    table = read_table(source, name, ("Usage", *VOTES))
    try:
        counts = table[list(VOTES)].astype("int64")
    except ValueError as error:
        raise FerError(
            f"{source.path}: {name} has a vote that is no whole number ({error})"
        ) from error
    counts.columns = pd.Index([f"vote_{meaning.replace('-', '_')}" for meaning in MEANINGS])
    counts.index = pd.Index([row_id(row) for row in range(len(counts))])
    return counts


def majority(votes: pd.DataFrame) -> pd.DataFrame:
    """Return `source_label`, `emotion` and `excluded` by the unique maximum of ten vote columns."""
    counts = votes.to_numpy()
    unique = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) == 1
    winner = counts.argmax(axis=1)
    meaning = np.where(unique, np.array(MEANINGS, dtype=object)[winner], "tie")
    is_emotion = np.isin(meaning, EMOTIONS)
    return pd.DataFrame(
        {
            "source_label": np.where(unique, np.array(VOTES, dtype=object)[winner], "tie"),
            "emotion": np.where(is_emotion, meaning, ""),
            "excluded": np.where(is_emotion, "", meaning),
        }
    )
