# ---
# jupyter:
#   chapter:
#     needs:
#     - cross-dataset tests
#     order: 40
#     scope: study
#     title: Train × test matrices
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Train × test matrices
#
# How much does a model lose on a data set that it was not trained on?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.cross import averages, cross_table
from fer_core.analysis.verify_dense import fill_holes, verify_dense
from fer_core.book.page import Page
from fer_core.book.prose.answers import about_matrices
from fer_core.figures.cross import describe_cross, draw_cross
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
page = Page(study, "matrices")
found = page.result.in_views
every = fill_holes(page.study, cross_table(found, page.shared), run_status(page.study))
verify_dense(page.study, every)
cross = every[every["view"] == CLEAN].reset_index(drop=True)
models = [model for model in page.study.models if model in set(cross["model"])]
note = page.note(pair for row in pairs_of(cross) for pair in row)
page.answer(about_matrices(cross))

# %% [markdown]
# ## Macro-F1
#
# Rows are training sets, columns test sets; the framed cells are in-domain. Macro-F1 counts every
# emotion that the test set has the same. ‡ marks what is not shown to beat the constant answer.

# %% tags=["hide-input"]
for model in models:
    fig = draw_cross(cross, model, "macro_f1", page.leaks)
    alt = describe_cross(cross, model, "macro_f1", page.leaks)
    weak = constant_note(cross[cross["model"] == model], ["macro_f1"])
    caption = f"""Macro-F1 of {model} with 95 % interval (bootstrap, joined with that of the seeds
    where there are several) and number of test images."""
    page.figure(fig, f"macro-f1-{model}", alt, f"{caption} {note} {weak}", page.predictions)

# %% [markdown]
# ## Accuracy
#
# Accuracy also rewards a model that knows which emotions are frequent.

# %% tags=["hide-input"]
for model in models:
    fig = draw_cross(cross, model, "accuracy", page.leaks)
    alt = describe_cross(cross, model, "accuracy", page.leaks)
    weak = constant_note(cross[cross["model"] == model], ["accuracy"])
    caption = f"""Accuracy of {model} with 95 % interval (Wilson, joined with that of the seeds
    where there are several) and number of test images."""
    page.figure(fig, f"accuracy-{model}", alt, f"{caption} {note} {weak}", page.predictions)

# %% [markdown]
# ## All cells
#
# The best constant answer (*majority rate*) is the accuracy of a model that always names the most
# frequent emotion of the test set.

# %% tags=["hide-input"]
cell = ["model", "train", "test", "view", "kind"]
columns = [*cell, "state", "n", "classes", "seeds", "drawn"]
columns += ["accuracy", "macro_f1", "majority_rate"]
shown = mark_constant(every, display_table(every[every["view"] == CLEAN], columns))
caption = f"""Every planned cell with its kind of test, number of images, emotions and seeds, and
95 % intervals; the file has every view. {page.drawn} {constant_note(cross)}"""
page.scores(every, "cells", caption, shown)

# %% [markdown]
# ## Lost along the row
#
# The same trained model in-domain and on another set. The two test sets differ in difficulty, so
# the loss is not the model's alone. *Common* scores both on the emotions that both sets have.

# %% tags=["hide-input"]
others = cross[cross["train"] != cross["test"]].reset_index(drop=True)
names = [
    f"row_drop{kind}_{metric}" for metric in ("macro_f1", "accuracy") for kind in ("", "_common")
]
caption = f"""Score in-domain minus score on the other set; positive means that the model loses. A
single seed's interval knows test images only. {page.drawn}"""
row = others.dropna(subset=["row_drop_accuracy"])
pairs = pairs_of(row, ("train", "train"))
otherwise = "No model of this study is tested in-domain and on another set."
shown = display_table(row, [*cell, "seeds", "drawn", *names])
page.scores(row, "row-drop", caption, shown, otherwise, pairs)

# %% [markdown]
# ## Lost down the column
#
# The same test images, once by the model trained on their own training part and once by the model
# trained elsewhere. The difficulty of the test set cancels.

# %% tags=["hide-input"]
names = ["column_drop_macro_f1", "column_drop_accuracy"]
caption = f"""Score of the model trained in-domain minus score of the one trained elsewhere, paired
by image. A single seed's interval knows test images only. {page.drawn}"""
column = others.dropna(subset=["column_drop_accuracy"])
pairs = pairs_of(column, ("test", "test"))
otherwise = "No test set of this study has a training part that another model was trained on."
shown = display_table(column, [*cell, "seeds", "drawn", *names])
page.scores(column, "column-drop", caption, shown, otherwise, pairs)

# %% [markdown]
# ## Averages by kind of test
#
# A good training set has a high mean along its row; a hard test set has a low mean down its
# column. Cells of different kinds of test are in no common mean.

# %% tags=["hide-input"]
clean = {key: outcome for key, outcome in found.items() if key.view == CLEAN}
means = averages(clean, page.shared)
caption = f"""Means over the cross-dataset cells of one kind of test, along rows (one training set)
and down columns (one test set). {page.drawn} {constant_note(means)}"""
pairs = average_pairs(means, pair_kinds(cross))
otherwise = "No cross-dataset cell was compared for photographs."
shown = mark_constant(means, display_table(means).filter(regex="^(?!above constant)"))
page.scores(means, "averages", caption, shown, otherwise, pairs)

# %% [markdown]
# ## What this does not show
#
# Two sets can differ in images, in annotators and in frequencies at once; a loss does not say
# which of them caused it. The intervals are about the test images and, where there are several,
# the seeds; another data set can lie outside all of them.
