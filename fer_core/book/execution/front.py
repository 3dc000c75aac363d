"""The first page: what was found, from the tables that the chapters of the first study left."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.analysis.leaderboard import RANKED_BY
from fer_core.book.execution.chapters import chapters_of
from fer_core.book.execution.repeated import table_file
from fer_core.book.execution.toc import BEFORE, REPORT, chapter_page, first_pages
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.phantoms import about_phantoms
from fer_core.book.prose.titles import Titles
from fer_core.book.prose.travel import about_first, finding
from fer_core.errors import FerError
from fer_core.figures.kinds import draw_kinds
from fer_core.files import write_text
from fer_core.runs import find_runs
from fer_core.study import Study, load_study
from fer_core.views import CLEAN

TRAVEL = "travel"
MOST_ROWS = 30
Row = Mapping[Any, Any]
PAGE = """# {finding}

{badge}

{first}

<figure class="fer-figure">
{figure}
<figcaption>{caption}</figcaption>
</figure>

:::{{container}} fer-cards
- **{{doc}}`Which model? </{travel}>`** Every model, from its own test images to other photographs.
- **{{doc}}`Can I trust it? </{trust}>`** What data sets share, and what that is worth.
- **{{doc}}`Use one </{use}>`** What each model takes and finds, and how it is made.
:::
"""


def write_front(studies: Sequence[str]) -> None:
    """Write what `book/intro.md` begins with, of the first of these studies that trains models,
    whose chapters have been executed; where none does, the way to the first one's answer."""
    trained = (study for study in map(load_study, studies) if study.models)
    study = next(trained, None) or load_study(studies[0])
    if not study.models:
        page = chapter_page(study.name, next(iter(chapters_of(study))))
        text = f"# {plain(study.title)}\n\n{{doc}}`What was found </{page}>`\n"
        return write_text(paths.root() / REPORT / "front.md", text)
    board = read_board(study)
    row = first_row(board, study)
    titles = Titles(study)
    told = titles.frame(pd.DataFrame([row])).to_dict("records")[0]
    text = PAGE.format(
        finding=plain(finding(told)),
        badge=about_phantoms(study),
        first=about_first(told, len(board), study.title),
        figure=_figure(board, study, titles),
        caption=_caption(study),
        travel=chapter_page(study.name, TRAVEL),
        trust=chapter_page(study.name, "audit") if "audit" in chapters_of(study) else BEFORE[0],
        use=chapter_page(study.name, "use"),
    )
    write_text(paths.root() / REPORT / "front.md", text)


def read_board(study: Study) -> pd.DataFrame:
    """Return the models of a study as its chapter *Which model travels?* offers them, in the view
    of the test images as they are."""
    path = table_file(study.name, TRAVEL, "models")
    if not path.is_file():
        raise FerError(f"{path} is missing; run: fer chapter {study.name} {TRAVEL}")
    board = pd.read_csv(path, float_precision="round_trip")
    return board[board["view"] == CLEAN].reset_index(drop=True)


def first_row(board: pd.DataFrame, study: Study) -> dict[Any, Any]:
    """Return the row that the first page speaks of: of the training set with the most training
    images the model that validation ranks first. No test score decides."""
    images: dict[str, int] = {}
    for record in find_runs(study):
        images[record.train] = max(images.get(record.train, 0), int(record.rows["train"]))
    first = board[board["rank"] == 1]
    sizes = first["train"].map(images).fillna(0)
    return first.iloc[int(sizes.to_numpy().argmax())].to_dict()


def _figure(board: pd.DataFrame, study: Study, titles: Titles) -> str:
    pages = first_pages(study)
    groups: dict[str, list[tuple[Row, str, str]]] = {}
    for row in board.to_dict("records"):
        page = pages.get((row["model"], row["train"]), "")
        address = page and f"{page.removeprefix('book/')}.html"
        group = groups.setdefault(f"trained on {titles.dataset(row['train'])}", [])
        group.append((row, titles.model(row["model"]), address))
    most = max(MOST_ROWS // len(groups), 1)
    text = draw_kinds({name: rows[:most] for name, rows in groups.items()}, RANKED_BY)
    folded = {name: rows[most:] for name, rows in groups.items() if rows[most:]}
    if folded:
        more = draw_kinds(folded, RANKED_BY)
        text += f"\n<details><summary>All other models</summary>\n{more}\n</details>"
    return text


def _caption(study: Study) -> str:
    source = f"results/{html.escape(study.name)}/*/*/seed*/predictions/*/clean.parquet"
    return (
        "Macro-F1 of every model and training set, by kind of test, with 95 % intervals; of "
        "several test sets of a kind the mean. Each row leads to its run. "
        f'<span class="fer-source">Source: {source}</span>'
    )
