# ---
# jupyter:
#   chapter:
#     order: 30
#     scope: study
#     title: Leaderboard
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Leaderboard
#
# Which model is best, and would it be chosen without looking at a test set?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.cross import cross_table
from fer_core.analysis.kinds import AVERAGED, IN_DOMAIN, column_of, kinds_in
from fer_core.analysis.leaderboard import first_models, leaderboard
from fer_core.analysis.raters import rater_differences, rater_table
from fer_core.analysis.run_tables import source_scores, states
from fer_core.analysis.view_changes import view_changes
from fer_core.book.page import Page
from fer_core.book.prose.answers import about_holes, about_leaderboard
from fer_core.book.prose.raters import about_raters, shown_differences, shown_raters
from fer_core.figures.marks import constant_note, mark_board, mark_constant, pair_kinds
from fer_core.figures.tables import display_table
from fer_core.raters import find_raters
from fer_core.runs import run_status
from fer_core.views import CLEAN, about_views

# %% tags=["hide-input"]
page = Page(study, "leaderboard")
result = page.result
found = result.in_views
board = leaderboard(found, result.validation, shared=page.shared)
pairs_by_kind = pair_kinds(cross_table(found, page.shared))
kinds = [kind for kind in kinds_in(pairs_by_kind.values()) if kind in (IN_DOMAIN, *AVERAGED)]
page.answer(about_leaderboard(board))

# %% [markdown]
# ## Models in the order in which validation puts them
#
# A model's place is its macro-F1 on the validation part of its training set. Test scores stand
# beside it and change nothing. *Tied* models are not told apart from the first one: the difference
# on the same validation images is not significant after Holm's correction; see the protocol.
#
# Kinds of test are never averaged together: the test part of the training set (*in-domain*), other
# photographs with all emotions, the same photographs with the labels of other people, and sets that
# lack some of the emotions. ‡ marks what is not shown to beat the constant answer.

# %% tags=["hide-input"]
ranked = board[board["view"] == CLEAN].reset_index(drop=True)
columns = ["train", "rank", "tied", "model", "seeds", "drawn"]
for metric, title in (("macro_f1", "Macro-F1"), ("accuracy", "Accuracy")):
    scores = [f"{part}_{metric}" for part in ("validation", *map(column_of, kinds))]
    caption = f"""{title} with 95 % intervals, by kind of test; a mean where several test sets are
    of one kind. The file also holds the numbers of images and sets, and the paired differences."""
    shown, heads = display_table(ranked, [*columns, *scores]), ["validation", *kinds]
    shown.columns = [*columns, *heads]
    shown = mark_constant(ranked, shown, dict(zip(heads, scores, strict=True)))
    file, shown, pairs = mark_board(ranked, shown, pairs_by_kind, page.leaks)
    caption += f" {page.drawn} {page.note(pairs)} {constant_note(ranked, scores)}"
    page.table(file, metric, caption, page.predictions, shown)

# %% [markdown]
# ## Other views of the test images
#
# The same trained models on the same test images, shown in another way: averaging the answers to an
# image and to its mirror image is a common trick, and another side of the input asks the same
# weights at another resolution. They are reported apart, because no model was chosen with them.

# %% tags=["hide-input"]
others = board[board["view"] != CLEAN].reset_index(drop=True)
scores = [f"{column_of(kind)}_macro_f1" for kind in kinds]
shown = display_table(others, ["train", "model", "view", "seeds", "drawn", *scores])
shown.columns = ["train", "model", "view", "seeds", "drawn", *kinds]
shown = mark_constant(others, shown, dict(zip(kinds, scores, strict=True)))
file, shown, pairs = mark_board(others, shown, pairs_by_kind, page.leaks)
told = about_views(dict.fromkeys(others["view"]))
caption = f"""Macro-F1 in other views, by kind of test; accuracy is in the file. {told}.
{page.drawn} {page.note(pairs)} {constant_note(others, scores)}"""
otherwise = "This study shows its test images as they are, and in no other view."
page.table(file, "views", caption, page.predictions, shown, otherwise)

# %% [markdown]
# What a view changes, test set by test set: the score in it minus the score of the same models on
# the same images as they are.

# %% tags=["hide-input"]
changes = view_changes(found, page.shared)
columns = ["model", "train", "test", "view", "kind", "seeds", "change_macro_f1", "change_accuracy"]
shown = display_table(changes, columns) if len(changes) else changes
caption = """Score in another view minus score in the view clean, paired by image. A single seed's
interval knows test images only."""
otherwise = "There is no other view to compare."
page.scores(changes, "view-changes", caption, shown, otherwise)

# %% [markdown]
# ## Source by source
#
# A compiled test set holds several data sets; a mean over them hides which one is hard.

# %% tags=["hide-input"]
sources = source_scores(result)
shown = mark_constant(sources, display_table(sources).filter(regex="^(?!above constant)"))
caption = f"""Scores of each source of the compiled test sets, on the emotions that it has.
{page.drawn} {constant_note(sources)}"""
otherwise = "No test set of this study is compiled of others."
page.scores(sources, "sources", caption, shown, otherwise)

# %% [markdown]
# ## Raters
#
# A rater is no model of this study but an external model, a person or a share of votes. It is
# scored on the images that it answered, has no rank, and is in no other table.

# %% tags=["hide-input"]
raters = find_raters(page.study)
page.say(about_raters(raters))
if raters:
    people = rater_table(raters, result.raters)
    caption = """Raters on the images that they answered; of a panel the mean, whose interval knows
    test images only. Of several emotions that are named alike, the first counts; the file says how
    often, and what was answered that is no emotion of the study."""
    source = f"results/{page.name}/raters/*/*.parquet"
    page.table(people, "raters", caption, source, shown_raters(people))

# %% tags=["hide-input"]
if raters:
    first = first_models(result.validation)
    apart = rater_differences(raters, result.raters, result.outcomes, first)
    caption = """The model that validation ranks first, of each training set, minus the rater (of a
    panel the mean difference), paired on the images that both answered."""
    otherwise = "No model that validation ranks first was tested on these images."
    page.scores(apart, "raters-apart", caption, shown_differences(apart), otherwise)

# %% [markdown]
# ## Every planned run
#
# A run that failed stays visible.

# %% tags=["hide-input"]
statuses = run_status(page.study)
page.say(about_holes(statuses))
page.table(
    states(statuses),
    "runs",
    "Planned runs and their state.",
    f"results/{page.name}/*/*/seed*/run.json",
)

# %% [markdown]
# ## What this does not show
#
# A rank is about these test sets. The kept epoch was chosen on the same validation images that
# decide the rank, so validation scores are a little too good. With a single seed, an interval
# does not know what another seed would have given.
