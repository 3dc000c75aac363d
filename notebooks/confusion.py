# ---
# jupyter:
#   chapter:
#     order: 30
#     scope: study
#     title: Confusion matrices
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Confusion matrices
#
# Which emotion is taken for which?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.leaderboard import first_models
from fer_core.analysis.outcomes import Key
from fer_core.analysis.per_class import class_table
from fer_core.book.prose.answers import about_confusion
from fer_core.book.study_page import Page
from fer_core.figures.confusion import (
    describe_confusion,
    describe_confusion_grid,
    draw_confusion,
    draw_confusion_grid,
)
from fer_core.figures.tables import display_table

# %% tags=["hide-input"]
page = Page(study, "confusion")
found = page.result.outcomes
first = first_models(page.result.validation)
page.answer(about_confusion(found, first))

# %% [markdown]
# ## The first model of each training set, in-domain
#
# Rows are true emotions and sum to the number of their images. The model is the one that
# validation ranks first.

# %% tags=["hide-input"]
for train, model in first.items():
    key = Key(model, train, train)
    if key in found:
        what = f"{key.model}, trained and tested on {key.test}"
        fig = draw_confusion(found[key].confusion)
        alt = describe_confusion(found[key].confusion, what)
        caption = f"""Confusion matrix of {what}: {found[key].n:,} images, the mean over all
        seeds. {page.note([key.pair])}"""
        page.figure(fig, f"in-domain-{key.train}", alt, caption, page.predictions)

# %% [markdown]
# ## Every model on every test set
#
# Errors that gather in few columns mean that a model falls back on the emotions that it knows best;
# a single dark column means that it names one emotion for nearly every image.

# %% tags=["hide-input"]
for model in dict.fromkeys(key.model for key in found):
    mine = [outcome for key, outcome in found.items() if key.model == model]
    caption = f"""Confusion matrices of {model}, training set → test set; shares of the row in
    percent. {page.note(outcome.key.pair for outcome in mine)}"""
    page.figure(
        draw_confusion_grid(mine, page.leaks),
        f"grid-{model}",
        describe_confusion_grid(mine),
        caption,
        page.predictions,
    )

# %% [markdown]
# ## Emotion by emotion
#
# Rare emotions have wide intervals. The page shows the in-domain cells; the file has all.

# %% tags=["hide-input"]
classes = class_table(found, page.shared)
in_domain = classes[classes["train"] == classes["test"]]
shown = display_table(in_domain if len(in_domain) else classes)
caption = f"""Recall (Wilson), precision and F1 (bootstrap) of each emotion with 95 % intervals,
joined with those of the seeds where there are several, and its number of images.
{page.drawn}"""
page.scores(classes, "emotions", caption, shown)

# %% [markdown]
# ## What this does not show
#
# A confusion can be the model's error or the annotator's. Where people themselves disagree, as
# between fear and surprise or between sad and neutral, no matrix can tell the two apart.
