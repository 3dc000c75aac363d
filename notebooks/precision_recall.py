# ---
# jupyter:
#   chapter:
#     order: 40
#     scope: study
#     title: Precision and recall
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Precision and recall
#
# If a model names an emotion only when it is sure, how often is it right, and how much does it
# miss?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.leaderboard import first_models
from fer_core.analysis.pr import average_precisions, pr_curves
from fer_core.book.prose.answers import about_pr
from fer_core.book.study_page import Page
from fer_core.figures.curves import describe_pr, draw_pr
from fer_core.figures.tables import display_table

# %% tags=["hide-input"]
page = Page(study, "precision_recall")
predictions = page.result.predictions
ap = average_precisions(predictions, page.shared)
curves = pr_curves(predictions)
pairs = list(dict.fromkeys(zip(ap["train"], ap["test"], strict=True)))
page.answer(about_pr(ap, first_models(page.result.validation)))

# %% [markdown]
# ## In-domain
#
# One panel per emotion, one line per model and seed. The dotted line is the share of that
# emotion: what a blind guess would reach.

# %% tags=["hide-input"]
for train, test in [pair for pair in pairs if pair[0] == pair[1]]:
    fig = draw_pr(curves, ap, train, test, list(page.study.models))
    caption = f"""Precision against recall, trained and tested on {test}; AP is the average
    precision. {page.note([(train, test)])}"""
    page.figure(fig, f"{train}-{test}", describe_pr(ap, train, test), caption, page.predictions)

# %% [markdown]
# ## On other sets
#
# The order of models in-domain need not hold on another set.

# %% tags=["hide-input"]
for train, test in [pair for pair in pairs if pair[0] != pair[1]]:
    fig = draw_pr(curves, ap, train, test, list(page.study.models))
    kind = ap[(ap["train"] == train) & (ap["test"] == test)]["kind"].iloc[0]
    caption = f"""Precision against recall, trained on {train} and tested on {test} ({kind}).
    {page.note([(train, test)])}"""
    page.figure(fig, f"{train}-{test}", describe_pr(ap, train, test), caption, page.predictions)

# %% [markdown]
# ## Average precision
#
# Average precision must be read beside the base rate: a frequent emotion has a high one for free.
# The page shows the in-domain cells; the file has all.

# %% tags=["hide-input"]
in_domain = ap[ap["train"] == ap["test"]]
shown = display_table(in_domain if len(in_domain) else ap)
caption = (
    "Average precision of each emotion with 95 % interval (logit, joined with that of the seeds "
    "where there are several), number of images and base rate."
)
page.scores(ap, "ap", caption, shown)

# %% [markdown]
# ## What this does not show
#
# A curve ranks images by a model's probability; it does not say whether that probability is
# right. Curves of rare emotions rest on few images.
