"""Natural Human Face Images: class folders, no official split."""

from pathlib import Path

from fer_core.data.card import Card
from fer_core.data.readers.layouts import class_folder_rows
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source

# The pairs that the first version of the search found: the split that was published keeps them.
TOGETHER = len(Path(__file__).with_name("nhfi.together.csv").read_text().splitlines()) - 1

CARD = Card(
    name="nhfi",
    title="Natural Human Face Images",
    short="NHFI",
    citation="Vaidya, S. (2020). Natural Human Face Images for Emotion Recognition. Kaggle.",
    licence="unclear: images found by a web search",
    labelled="unknown: the folder of an image is its label; who chose it is not known here",
    consent="not asked: the images were found by a web image search",
    publishable=False,
    obtain=(
        "Kaggle, sudarshanvaidya/random-images-for-face-emotion-recognition, as a zip archive "
        "or folder"
    ),
    persons="unknown; the same person may appear several times",
    shows="faces from a web image search, 224 x 224 grey, many of them posed stock photographs",
    problems=(
        "some images are byte-identical copies of another one, some of them under another label "
        "(counted when it is prepared)",
        "many images are enlarged from a smaller one, some carry a watermark (seen in the files)",
        "images of contempt are excluded",
        "no official split: other papers' numbers on this set are not comparable",
    ),
    store_size=96,
    channels=1,
    tested_on="one archive with the eight class folders, PNG files",
    test_split=(
        f"made here: 20 %, seeded, stratified by emotion; copies and {TOGETHER} pairs of near "
        "copies kept together, not those that the search has found since, which an audit counts"
    ),
)


@register(CARD)
def read(source: Source) -> Reading:
    """Read one row per file of the eight class folders."""
    layout = "folders anger, contempt, disgust, fear, happiness, neutrality, sadness and surprise"
    rows = class_folder_rows(source, layout)
    return Reading(rows.assign(split="", source_split=""), source.read)
