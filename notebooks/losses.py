# ---
# jupyter:
#   chapter:
#     needs:
#     - cross-dataset tests
#     order: 20
#     scope: study
#     title: Lost on other data sets
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lost on other data sets
#
# How much does a model lose on a data set that it was not trained on?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.cross import averages
from fer_core.analysis.kinds import OTHER
from fer_core.analysis.travel import every_cell
from fer_core.book.prose.answers import about_matrices
from fer_core.book.prose.findings import lost
from fer_core.book.study_page import Page
from fer_core.figures.marks import (
    average_pairs,
    constant_note,
    mark_constant,
    pair_kinds,
    pairs_of,
)
from fer_core.figures.tables import display_table
from fer_core.runs import run_status
from fer_core.views import CLEAN

# %% tags=["hide-input"]
page = Page(study, "losses")
found = page.result.in_views
every = every_cell(page.study, found, run_status(page.study), page.shared)
cross = every[every["view"] == CLEAN].reset_index(drop=True)
page.answer(about_matrices(page.titles.frame(cross)))
page.say_behind()

# %% tags=["as-text"]
others = cross[cross["train"] != cross["test"]].reset_index(drop=True)
row = others.dropna(subset=["row_drop_accuracy"])
page.section(
    "row",
    lost(row[row["kind"] == OTHER], "row_drop", "On other photographs"),
    """The same trained model in-domain and on another set. The two test sets differ in difficulty,
    so the loss is not the model's alone. *Common* scores both on the emotions that both sets
    have. The heading counts tests on other photographs.""",
)

# %% tags=["hide-input"]
cell, more = ["model", "train", "test"], ["kind", "seeds", "drawn"]
names = [
    f"row_drop{kind}_{metric}" for metric in ("macro_f1", "accuracy") for kind in ("", "_common")
]
top = page.first(row)
caption = f"""Score in-domain minus score on the other set; positive means that the model loses. A
single seed's interval knows test images only. {page.drawn} {page.left(row, top)}"""
pairs = pairs_of(row, ("train", "train"))
otherwise = "No model of this study is tested in-domain and on another set."
shown = display_table(top, [*cell, *names, *more])
page.scores(row, "row-drop", caption, shown, otherwise, pairs)

# %% tags=["as-text"]
column = others.dropna(subset=["column_drop_accuracy"])
page.section(
    "column",
    lost(column[column["kind"] == OTHER], "column_drop", "Trained elsewhere"),
    """The same test images, once by the model trained on their own training part and once by the
    model trained elsewhere. The difficulty of the test set cancels. The heading counts
    models that were trained on other photographs.""",
)

# %% tags=["hide-input"]
names = ["column_drop_macro_f1", "column_drop_accuracy"]
top = page.first(column)
caption = f"""Score of the model trained in-domain minus score of the one trained elsewhere, paired
by image. A single seed's interval knows test images only. {page.drawn} {page.left(column, top)}"""
pairs = pairs_of(column, ("test", "test"))
otherwise = "No test set of this study has a training part that another model was trained on."
shown = display_table(top, [*cell, *names, *more])
page.scores(column, "column-drop", caption, shown, otherwise, pairs)

# %% [markdown]
# ## Averages by kind of test
#
# A good training set has a high mean along its row; a hard test set has a low mean down its
# column. Cells of different kinds of test are in no common mean.

# %% tags=["hide-input"]
clean = {key: outcome for key, outcome in found.items() if key.view == CLEAN}
means = averages(clean, page.shared)
top = page.first(means)
caption = f"""Means over the cross-dataset cells of one kind of test, along rows (one training set)
and down columns (one test set). {page.drawn} {constant_note(top)}
{page.left(means, top)}"""
pairs = average_pairs(means, pair_kinds(cross))
otherwise = "No cross-dataset cell was compared for photographs."
columns = ["model", "along", "dataset", "macro_f1", "accuracy", "cells", *more]
shown = mark_constant(top, display_table(top, columns if len(top) else None))
page.scores(means, "averages", caption, shown, otherwise, pairs)

# %% [markdown]
# ## What this does not show
#
# Two sets can differ in images, in annotators and in frequencies at once; a loss does not say
# which of them caused it. The intervals are about the test images and, where there are several,
# the seeds; another data set can lie outside all of them.
