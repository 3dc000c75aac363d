# ---
# jupyter:
#   chapter:
#     needs: [questions]
#     order: 15
#     scope: study
#     title: What makes a model travel?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What makes a model travel?
#
# Pairs of models that differ in one thing, on the same test images: does that one thing help, on
# test images of the training set, and on other photographs?

# %% tags=["parameters"]
study = "open"  # a file in studies/

# %% tags=["remove-cell"]
import pandas as pd

from fer_core.analysis.contrasts import model_cells, model_means, source_means
from fer_core.analysis.leaderboard import RANKED_BY
from fer_core.analysis.printed import printed_differences
from fer_core.book.prose.markdown import label, plain
from fer_core.book.prose.questions import (
    about_contrasts,
    about_printed,
    about_question,
    about_questions,
    about_sources,
)
from fer_core.book.study_page import Page
from fer_core.figures.columns import METRICS
from fer_core.figures.contrasts import describe_contrasts, draw_contrasts
from fer_core.figures.tables import display_table

# %% tags=["hide-input"]
page = Page(study, "questions")
found = page.result.in_views
asked = page.study.questions
cells = {q.title: model_cells(q.pairs, found, page.shared) for q in asked}
means = {q.title: page.titles.frame(model_means(q.pairs, found, page.shared)) for q in asked}
page.answer(about_questions(means, RANKED_BY))
page.say_behind()

# %% [markdown]
# A comparison says *higher* or *lower* where the interval of the difference leaves out zero. Each
# interval is by itself: of many comparisons without any effect, a few would show one.

# %% tags=["as-text"]
for q in asked:
    told, every = means[q.title], page.titles.frame(cells[q.title])
    page.say(f"## {plain(q.title)}\n\n{about_question(q, told, RANKED_BY)}")
    if len(told):
        alt, caption = describe_contrasts(told, RANKED_BY), about_contrasts(q)
        fig = draw_contrasts(told, every, RANKED_BY)
        page.figure(fig, label(q.title), alt, caption, page.predictions)
    if q.printed:
        page.say(about_printed(q.printed, printed_differences(q.printed)))

# %% [markdown]
# ## Which training set travels best?
#
# Every model that was trained on both of two sets, tested on the same third set: one training set
# minus the other. A test set counts only where it is of the same kind for both.

# %% tags=["hide-input"]
sources = source_means(found, page.shared)
page.say(about_sources(sources, RANKED_BY, page.titles.dataset))

# %% tags=["hide-input"]
caption = """One training set minus the other, the mean over the models that were trained on both
and over the tests of a kind, paired by image."""
scores = [f"difference_{metric}" for metric in METRICS]
shown = ["train", "other_train", *scores, "kind", "models", "cells", "seeds"]
if len(sources):
    table = display_table(sources, shown)
    page.table(sources, "sources", caption, page.predictions, table)

# %% [markdown]
# ## Cell by cell
#
# A mean can hide that a change helps on one training set and harms on another.

# %% tags=["hide-input"]
every = pd.concat([*cells.values()], ignore_index=True)
shown = ["model", "other", "train", *scores, "test", "kind", "n", "seeds"]
caption = """Score of a model minus that of the other, trained on the same set, by test image. A
single seed's interval knows test images only."""
otherwise = "No pair has been tested on the same images."
table = display_table(every, shown) if len(every) else every
page.scores(every, "pairs", caption, table, otherwise)

# %% [markdown]
# ## What this does not show
#
# Each answer is about these nets, these sets and this budget of training. Weights that saw faces
# also saw more images than others: a gain may be due to the number and not to the faces.
