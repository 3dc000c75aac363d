# ---
# jupyter:
#   chapter:
#     needs: [raters]
#     order: 40
#     scope: study
#     title: What do raters answer?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What do raters answer?
#
# A rater is no model of this study but an external model, a person or a share of votes. How often
# does it name the emotion of the label?

# %% tags=["parameters"]
study = "open"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.leaderboard import first_models
from fer_core.analysis.raters import rater_differences, rater_table
from fer_core.analysis.results import study_result
from fer_core.book.prose.raters import (
    about_expected,
    about_raters,
    rated,
    shown_differences,
    shown_raters,
)
from fer_core.book.study_page import Page
from fer_core.raters import answers_left, find_raters

# %% tags=["hide-input"]
page = Page(study, "raters")
raters = find_raters(page.study)
trained = bool(page.study.models)
first = first_models(page.result.validation) if trained else {}
result = study_result(page.study, first.values())  # no other model is compared
found = result.raters
people = rater_table(raters, found)
left = about_expected(page.study, answers_left(page.study))
page.answer(f"{rated(page.titles.frame(people))}\n\n{left}")

# %% [markdown]
# ## Who they are, and how often they agree with the labels
#
# Each is scored on the images that it answered, and has no rank.

# %% tags=["hide-input"]
page.say(about_raters(raters))
caption = """Raters on the images that they answered; of a panel the mean, whose interval knows
test images only. Of several emotions that are named alike, the first counts; the file says how
often, and what was answered that is no emotion of the study."""
source = f"results/{page.name}/raters/*/*.parquet"
shown = shown_raters(people) if len(people) else people
page.table(people, "raters", caption, source, shown, "Nobody has answered.")

# %% [markdown]
# ## Beside the models of this study

# %% tags=["hide-input"]
apart = rater_differences(raters, found, result.outcomes, first)
caption = """The model that validation ranks first, of each training set, minus the rater (of a
panel the mean difference), paired on the images that both answered."""
otherwise = "No model that validation ranks first was tested on these images."
shown = shown_differences(apart) if len(apart) else apart
page.scores(apart, "apart", caption, shown, otherwise if trained else "This study trains no model.")

# %% [markdown]
# ## What this does not show
#
# Whether a label is right: a rater that agrees with it may share its mistake. How far raters agree
# with each other. And a rater may have been trained on the images that it answers: nothing here
# knows more of that than what was said when it was added.
