# ---
# jupyter:
#   chapter:
#     needs: [models]
#     order: 37
#     scope: study
#     title: When is an answer trustworthy?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # When is an answer trustworthy?
#
# A net gives each answer a probability. Is it as often right as that says, and does it know when it
# is wrong?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.confidence import BINS, FLOOR, confidence_table, reliability
from fer_core.analysis.kinds import IN_DOMAIN, OTHER, kind_of
from fer_core.analysis.leaderboard import first_models
from fer_core.analysis.results import study_result
from fer_core.book.prose.confidence import (
    about_confidence,
    heading_of,
    shown_calibration,
    shown_selection,
)
from fer_core.book.study_page import Page
from fer_core.figures.confidence import describe_reliability, draw_reliability

# %% tags=["hide-input"]
page = Page(study, "confidence")
validation = page.result.validation
first = first_models(validation)
result = study_result(page.study, first.values())  # of no other model
found = {key: one for key, one in result.outcomes.items() if first[key.train] == key.model}
table = confidence_table(found, validation, page.shared)
told = page.titles.frame(table)
page.answer(about_confidence(told))

# %% tags=["as-text"]
page.section(
    "calibration",
    heading_of(told),
    """Of the model that validation ranks first for each training set. *Overconfidence* is mean
    confidence minus accuracy. On the diagonal, answers are right as often as they are said to
    be.""",
)

# %% tags=["hide-input"]
drawn = (IN_DOMAIN, OTHER)
diagrams = {}
for key, outcome in page.titles.keys(found).items():
    if kind_of(outcome, page.shared) in drawn:
        name = f"trained on {key.train}"
        diagrams.setdefault(name, {})[key.test] = reliability(outcome)
if diagrams:
    fig, alt = draw_reliability(diagrams), describe_reliability(diagrams)
    caption = """Reliability of the first seed, in-domain and on other photographs, with 95 %
    intervals of each bin, which know the number of its images alone."""
    page.figure(fig, "reliability", alt, caption, page.predictions)

# %% tags=["hide-input"]
caption = f"""How far confidence is from accuracy, with 95 % intervals (bootstrap), joined with
those of the seeds where there are several. Calibration error: root mean square over {BINS} bins,
without what chance adds; the same at the temperature that makes the true emotions of the validation
images most probable."""
page.table(table, "calibration", caption, page.predictions, shown_calibration(told))

# %% [markdown]
# ## Answers withheld
#
# A net may be allowed to say nothing when it is not sure. What is left, and is it right?

# %% tags=["hide-input"]
caption = f"""Answers of at least {FLOOR:g} confidence: how many of all, and how many of them are
right. *Detects errors*: in which share of pairs of a right and a wrong answer the right one has
more confidence, less entropy or more margin; a coin would reach half. Risk: the share of errors
when answers are given in order of confidence, averaged over all coverages. With 95 % intervals
(bootstrap), joined with those of the seeds where there are several."""
page.table(table, "selection", caption, page.predictions, shown_selection(told))

# %% [markdown]
# ## What this does not show
#
# Confidence in a label is not confidence in a feeling, and where people disagree a sure answer is
# an error for some of them. A temperature is fitted to images of the training set; what it does
# elsewhere is in the table, and nothing makes a net know that a photograph is unlike all it has
# seen. The confidence that DMUE learns is a function of the label, and there is none of a new face.
