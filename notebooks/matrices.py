# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Train × test matrices
#
# How much does a model lose away from the data set that it was trained on?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.cross import averages, cross_table
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.verify_dense import fill_holes, verify_dense
from fer_core.book.answers import about_matrices
from fer_core.book.page import Page
from fer_core.figures.cross import describe_cross, draw_cross
from fer_core.figures.marks import average_pairs, pairs_of
from fer_core.figures.tables import display_table
from fer_core.runs import collect, run_status

# %% tags=["hide-input"]
page = Page(study, "matrices")
found = outcomes(collect(page.name))
cross = fill_holes(page.study, cross_table(found), run_status(page.study))
verify_dense(page.study, cross)
models = [model for model in page.study.models if model in set(cross["model"])]
note = page.note(pair for row in pairs_of(cross) for pair in row)
page.answer(about_matrices(cross))

# %% [markdown]
# ## Macro-F1
#
# Rows are training sets, columns test sets; the framed cells are at home. Macro-F1 counts every
# emotion that the test set has the same.

# %% tags=["hide-input"]
for model in models:
    fig = draw_cross(cross, model, "macro_f1", page.leaks)
    alt = describe_cross(cross, model, "macro_f1", page.leaks)
    caption = f"Macro-F1 of {model} with 95 % bootstrap interval and number of test images."
    page.figure(fig, f"macro-f1-{model}", alt, f"{caption} {note}", page.predictions)

# %% [markdown]
# ## Accuracy
#
# Accuracy also rewards a model that knows which emotions are frequent.

# %% tags=["hide-input"]
for model in models:
    fig = draw_cross(cross, model, "accuracy", page.leaks)
    alt = describe_cross(cross, model, "accuracy", page.leaks)
    caption = f"Accuracy of {model} with 95 % Wilson interval and number of test images."
    page.figure(fig, f"accuracy-{model}", alt, f"{caption} {note}", page.predictions)

# %% [markdown]
# ## All cells
#
# The best constant answer (*majority rate*) is the accuracy of a model that always names the most
# frequent emotion of the test set.

# %% tags=["hide-input"]
columns = [
    "model",
    "train",
    "test",
    "state",
    "n",
    "classes",
    "seeds",
    "accuracy",
    "macro_f1",
    "majority_rate",
]
caption = "Every planned cell with its number of images, emotions and seeds, and 95 % intervals."
page.scores(cross, "cells", caption, display_table(cross, columns))

# %% [markdown]
# ## Lost along the row
#
# The same trained model at home and away. The two test sets differ in difficulty, so the loss is
# not the model's alone. *Common* scores both on the emotions that both sets have.

# %% tags=["hide-input"]
away = cross[~cross["home"]].reset_index(drop=True)
names = [
    f"row_drop{kind}_{metric}" for metric in ("macro_f1", "accuracy") for kind in ("", "_common")
]
caption = "Score at home minus score away; positive means that the model loses."
row = away.dropna(subset=["row_drop_accuracy"])
pairs = pairs_of(row, ("train", "train"))
otherwise = "No model of this study is tested at home and away."
page.scores(row, "row-drop", caption, display_table(row, [*columns[:3], *names]), otherwise, pairs)

# %% [markdown]
# ## Lost down the column
#
# The same test images, once by the model trained at their home and once by the visitor. The
# difficulty of the test set cancels.

# %% tags=["hide-input"]
names = ["column_drop_macro_f1", "column_drop_accuracy"]
caption = "Score of the model trained at home minus score of the visitor, paired by image."
column = away.dropna(subset=["column_drop_accuracy"])
pairs = pairs_of(column, ("test", "test"))
otherwise = "No test set of this study is the home of another model."
shown = display_table(column, [*columns[:3], *names])
page.scores(column, "column-drop", caption, shown, otherwise, pairs)

# %% [markdown]
# ## Averages away from home
#
# A good training set has a high mean along its row; a hard test set has a low mean down its
# column.

# %% tags=["hide-input"]
means = averages(found)
caption = "Means over the cells away from home, along rows (one training set) and down columns."
pairs = average_pairs(means, page.study.train, page.study.test)
page.scores(means, "averages", caption, display_table(means), "No cell is away from home.", pairs)

# %% [markdown]
# ## What this does not show
#
# Two sets can differ in images, in annotators and in frequencies at once; a loss does not say
# which of them caused it. The intervals are about the test images and, where there are several,
# the seeds; another data set can lie outside all of them.
