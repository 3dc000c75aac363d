# ---
# jupyter:
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
from fer_core.analysis.leaderboard import leaderboard, validation_outcomes
from fer_core.analysis.outcomes import outcomes
from fer_core.book.answers import about_holes, about_leaderboard
from fer_core.book.page import Page
from fer_core.book.run_tables import flipped_outcomes, source_scores, states
from fer_core.figures.marks import mark_board
from fer_core.figures.tables import display_table
from fer_core.runs import collect, run_status

# %% tags=["hide-input"]
page = Page(study, "leaderboard")
by = page.study.recipe.select_by if page.study.recipe.select_by != "loss" else "macro_f1"
found = outcomes(collect(page.name))
validation = validation_outcomes(page.name)
board = leaderboard(found, validation, flipped_outcomes(page.name), by=by)
page.answer(about_leaderboard(board, by))

# %% [markdown]
# ## Models in the order in which validation puts them
#
# A model's place is decided on the validation part of its training set. Test scores stand beside
# it and change nothing. *Tied* models have validation intervals that reach those of the first
# one: these data do not tell them apart.

# %% tags=["hide-input"]
ranked = board[~board["flip"]].reset_index(drop=True)
columns = ["train", "rank", "tied", "model", "seeds"]
for metric, title in (("macro_f1", "Macro-F1"), ("accuracy", "Accuracy")):
    scores = [f"{part}_{metric}" for part in ("validation", "home", "away")]
    caption = f"""{title} with 95 % intervals. Home: the test part of the training set.
    Away: the mean over the other test sets. The file also holds the numbers of images."""
    shown = display_table(ranked, [*columns, *scores])
    shown.columns = [*columns, "validation", "home", "away"]
    file, shown, pairs = mark_board(ranked, shown, page.study.test, page.leaks)
    page.table(file, metric, f"{caption} {page.note(pairs)}", page.predictions, shown)

# %% [markdown]
# ## Images mirrored at test time
#
# Averaging the answers to an image and to its mirror image is a common trick. It is reported
# apart, because no model was chosen with it.

# %% tags=["hide-input"]
mirrored = board[board["flip"]].reset_index(drop=True)
scores = [f"{part}_{metric}" for metric in ("macro_f1", "accuracy") for part in ("home", "away")]
shown = display_table(mirrored, ["train", "model", "seeds", *scores])
file, shown, pairs = mark_board(mirrored, shown, page.study.test, page.leaks)
caption = f"Scores of the mean over image and mirror image. {page.note(pairs)}"
otherwise = "This study did not predict mirrored images."
page.table(file, "mirrored", caption, page.predictions, shown, otherwise)

# %% [markdown]
# ## Source by source
#
# A compiled test set holds several data sets; a mean over them hides which one is hard.

# %% tags=["hide-input"]
sources = source_scores(page.study)
shown = display_table(sources)
caption = "Scores of each source of the compiled test sets, on the emotions that it has."
otherwise = "No test set of this study is compiled of others."
page.scores(sources, "sources", caption, shown, otherwise)

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
