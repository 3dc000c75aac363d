# ---
# jupyter:
#   chapter:
#     needs: [models]
#     order: 10
#     scope: study
#     title: Which model travels?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which model travels?
#
# Which model generalises: trained on one set of faces, what does it still know on another?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.kinds import AVERAGED, IN_DOMAIN, column_of, kinds_in
from fer_core.analysis.leaderboard import leaderboard
from fer_core.analysis.run_tables import source_scores
from fer_core.analysis.travel import every_cell, travel_table
from fer_core.analysis.view_changes import view_changes
from fer_core.book.prose.answers import about_holes
from fer_core.book.prose.findings import changed_by_views, lost_elsewhere, not_above
from fer_core.book.prose.matrices import about_tests, matrix_table
from fer_core.book.prose.travel import about_travel
from fer_core.book.study_page import Page
from fer_core.figures.columns import METRICS, heading
from fer_core.figures.marks import (
    constant_note,
    mark_board,
    mark_constant,
    pair_kinds,
    pairs_of,
    with_leaks,
)
from fer_core.figures.tables import ESTIMATE, display_table
from fer_core.runs import run_status
from fer_core.views import CLEAN, about_views

CELLS = 600  # of a train × test matrix on the page

# %% tags=["hide-input"]
page = Page(study, "travel")
result = page.result
found = result.in_views
board = leaderboard(found, result.validation, shared=page.shared)
statuses = run_status(page.study)
cells = every_cell(page.study, found, statuses, page.shared)
cross = cells[cells["view"] == CLEAN].reset_index(drop=True)
pairs_by_kind = pair_kinds(cross)
kinds = [kind for kind in kinds_in(pairs_by_kind.values()) if kind in (IN_DOMAIN, *AVERAGED)]
page.answer(f"{about_travel(page.titles.frame(board))}\n\n{about_holes(statuses)}")
page.say_behind()

# %% tags=["as-text"]
page.section(
    "models",
    lost_elsewhere(board[board["view"] == CLEAN]),
    """The order is that of macro-F1 on the validation part of the training set; test scores stand
    beside it and change nothing. *Tied* models are not told apart from the first one, see the
    protocol. A score leads to its run.""",
)

# %% tags=["hide-input"]
ranked = travel_table(board[board["view"] == CLEAN], cross, statuses)
parts = [*map(column_of, kinds), "loss"]
scores = [f"{part}_macro_f1" for part in parts]
columns = ["model", "train", *scores, "place", "beating", "seeds", "drawn"]
top = page.first(ranked)
shown = display_table(top, [*columns, "images_per_second", "parameters"])
shown = mark_constant(top, shown, {f"{heading(s)} {ESTIMATE}": s for s in scores})
file, shown, pairs = mark_board(ranked, shown, pairs_by_kind, page.leaks)
caption = f"""Macro-F1 by kind of test, a mean where several test sets are of one kind; what is lost
on other photographs; and in how many of the tests elsewhere the constant answer is beaten. The file
has accuracy, numbers of images and paired differences. {page.drawn} {page.note(pairs)}
{constant_note(top, scores)} {page.left(ranked, top)}"""
page.table(file, "models", caption, page.predictions, page.linked(shown, ranked))

# %% tags=["as-text"]
page.section(
    "matrix",
    not_above(cross[cross["train"] != cross["test"]]),
    """A row is a trained model, a column a test set; framed cells are in-domain. ‡ marks what is
    not shown to beat the constant answer.""",
)

# %% tags=["hide-input"]
note = page.note(pair for row in pairs_of(cross) for pair in row)
top = page.first(cross, CELLS)
file = with_leaks(cells, pairs_of(cells), page.leaks)
for metric, name in METRICS.items():
    caption = f"""{name[0].upper()}{name[1:]} with 95 % intervals, joined with those of the seeds
    where there are several (bootstrap; of accuracy Wilson's). {about_tests(cross, page.titles)}
    {note} {constant_note(top, [metric])} {page.left(cross, top)}"""
    shown = matrix_table(top, metric, page.leaks, page.pages, page.titles)
    page.table(file, f"cells-{metric}", caption, page.predictions, shown)

# %% tags=["as-text"]
changes = view_changes(found, page.shared)
page.section(
    "views",
    changed_by_views(changes),
    """The same trained models on the same test images, shown in another way: averaging the answers
    to an image and to its mirror image is a common trick, and another side of the input asks the
    same weights at another resolution. They are reported apart, because no model was chosen with
    them.""",
)

# %% tags=["hide-input"]
others = board[board["view"] != CLEAN].reset_index(drop=True)
scores = [f"{column_of(kind)}_macro_f1" for kind in kinds]
top = page.first(others)
shown = display_table(top, ["model", "train", "view", *scores, "seeds", "drawn"])
shown = mark_constant(top, shown, {f"{heading(s)} {ESTIMATE}": s for s in scores})
file, shown, pairs = mark_board(others, shown, pairs_by_kind, page.leaks)
told = about_views(dict.fromkeys(others["view"]))
caption = f"""Macro-F1 in other views, by kind of test; accuracy is in the file. {told}.
{page.drawn} {page.note(pairs)} {constant_note(top, scores)} {page.left(others, top)}"""
otherwise = "This study shows its test images as they are, and in no other view."
page.table(file, "views", caption, page.predictions, page.linked(shown, others), otherwise)

# %% [markdown]
# What a view changes, test set by test set: the score in it minus the score of the same models on
# the same images as they are.

# %% tags=["hide-input"]
columns = ["model", "train", "test", "view", "change_macro_f1", "change_accuracy", "kind", "seeds"]
top = page.first(changes)
shown = display_table(top, columns) if len(top) else top
caption = f"""Score in another view minus score in the view clean, paired by image. A single seed's
interval knows test images only. {page.left(changes, top)}"""
otherwise = "There is no other view to compare."
page.scores(changes, "view-changes", caption, shown, otherwise)

# %% [markdown]
# ## Source by source
#
# A compiled test set holds several data sets; a mean over them hides which one is hard.

# %% tags=["hide-input"]
sources = source_scores(result)
top = page.first(sources)
columns = ["model", "train", "test", "view", "source", "macro_f1", "accuracy", "n", "classes"]
columns += ["seeds", "drawn"]
shown = mark_constant(top, display_table(top, columns if len(top) else None))
caption = f"""Scores of each source of the compiled test sets, on the emotions that it has.
{page.drawn} {constant_note(top)} {page.left(sources, top)}"""
otherwise = "No test set of this study is compiled of others."
page.scores(sources, "sources", caption, shown, otherwise)

# %% [markdown]
# ## What this does not show
#
# A rank is about these test sets. The kept epoch was chosen on the same validation images that
# decide the rank, so validation scores are a little too good. With a single seed, an interval
# does not know what another seed would have given.
