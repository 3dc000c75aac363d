"""A balanced test set of one's own, made by `fer data balance` after the example of BTFER."""

import hashlib
from pathlib import PurePosixPath

from fer_core.data.card import Card
from fer_core.data.readers.layouts import IMAGE_SUFFIXES, label, make_rows, read_table
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError

SHEET = "sheet.csv"
SHEET_COLUMNS = ("file", "emotion", "source_file", "url", "licence", "author", "sha256")

CARD = Card(
    name="btfer",
    title="Balanced test set in the manner of BTFER",
    citation=(
        "whoever collected the images; the procedure is that of BTFER: Ipinze Tutuianu, G., Liu, "
        "Y., Alamäki, A., & Kauttonen, J. Benchmarking Deep Facial Expression Recognition: An "
        "Extensive Protocol with Balanced Dataset in the Wild"
    ),
    licence="per image: the columns url, licence and author of the sheet",
    labelled=(
        "the word that a photograph was searched for; who checked it, if anybody, is not recorded"
    ),
    consent=(
        "unknown: photographs from the web; the licence of each is its author's, not the consent "
        "of those whom it shows"
    ),
    publishable=False,
    obtain=(
        "collect photographs in class folders with a sheet sources.csv (file, url, licence, "
        "author), then `fer data balance CANDIDATES OUT` and `fer data add btfer OUT`"
    ),
    persons="unknown; the same person may appear several times",
    shows="photographs from the web, the face cut out with a margin, every emotion equally often",
    problems=(
        "the images of BTFER itself were not released: this is another set, made in the same way",
        "the label is the word that was searched for, unless somebody has checked the images",
        "numbers on it compare only with numbers on the same images: quote the split hash",
        "every emotion is equally frequent by construction, unlike in any place where faces occur",
    ),
    store_size=224,
    channels=None,
    tested_on="sets that `fer data balance` made from generated candidates",
    test_split="the whole set is a test set",
)


@register(CARD)
def read(source: Source) -> Reading:
    """Read one row per line of sheet.csv, and an excluded one per image that it does not list.

    A file that is not the one that the sheet was written for (its sha256 differs) is unreadable.
    """
    name = source.find(SHEET)
    if name is None:
        raise FerError(
            f"{source.path} lacks {SHEET}; make the folder with `fer data balance CANDIDATES OUT`, "
            "or read plain class folders with `fer data add folder`"
        )
    table = read_table(source, name, SHEET_COLUMNS)
    if table["file"].duplicated().any():
        twice = table["file"][table["file"].duplicated()].iloc[0]
        raise FerError(f"{source.path}: {name} lists {twice} twice; delete one line")
    root = PurePosixPath(name).parent
    paths = [(root / file).as_posix() for file in table["file"]]
    known = dict(zip(paths, table["sha256"], strict=True))
    records = [
        {
            "sample_id": PurePosixPath(line["file"]).with_suffix("").as_posix(),
            "path": path,
            **label(line["emotion"]),
            "split": "test",
            **{column: line[column] for column in ("url", "licence", "author")},
        }
        for path, line in zip(paths, table.to_dict("records"), strict=True)
    ]
    unlisted = dict.fromkeys(("url", "licence", "author", "emotion"), "")
    records += [
        {"sample_id": path, "path": path, **unlisted, "split": "test", "excluded": "not in sheet"}
        for path in source.names(*IMAGE_SUFFIXES)
        if path not in known
    ]

    there = set(source.names())

    def read_checked(path: str) -> bytes:
        if path not in there:  # also a line of the sheet that leads out of the folder
            raise FileNotFoundError(path)
        content = source.read(path)
        if path in known and hashlib.sha256(content).hexdigest() != known[path]:
            raise ValueError(f"not the file that {SHEET} lists")
        return content

    return Reading(make_rows(records, source, f"{SHEET} and class folders"), read_checked)
