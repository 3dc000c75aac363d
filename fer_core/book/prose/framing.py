"""How the images of a study's data sets were framed, and what a run was fed, in words."""

from collections.abc import Mapping

from fer_core.analysis.framing import (
    Facts,
    fed_table,
    framed_by_others,
    framed_unknown,
    framed_unlike,
)
from fer_core.book.prose.markdown import listed, markdown_table, plain
from fer_core.records import RunRecord
from fer_core.study import Study


def about_framing(study: Study, summaries: Mapping[str, Facts]) -> str:
    """Warn of training and test sets that were framed in different ways, or in unknown ones."""
    lines = [
        f"Framed in another way than {listed(unlike)}, which models are trained on: "
        f"{plain(test)}. There, more or less lies around the face than they have learned."
        for test, unlike in framed_unlike(study, summaries).items()
        if unlike
    ]
    loose = framed_by_others(summaries)
    if loose:
        lines.append(
            f"How close to the face the images of {listed(loose)} are cut is the choice of those "
            "who distribute them; two sets cut by others need not be alike."
        )
    blank = framed_unknown(summaries)
    if blank:
        text = "was framed is not recorded; prepare and summarise it again."
        lines.append(f"How {listed(blank)} {text}")
    return "\n\n".join(lines)


def about_pixels(record: RunRecord) -> str:
    """Return, as Markdown, the pixels that a run was fed of each data set."""
    return f"**What the net is fed**\n\n{markdown_table(fed_table(record))}\n\n"
