# ---
# jupyter:
#   chapter:
#     needs:
#     - search
#     order: 95
#     scope: study
#     title: Search for settings
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Search for settings
#
# Are there better settings than those of the recipe in use, and which of them matter?

# %% tags=["parameters"]
study = "open"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.searches import importances, searched, tried_by_hand
from fer_core.book.prose.searches import (
    about_searches,
    about_states,
    found_better,
    measure_name,
    shown_by_hand,
    shown_importances,
    shown_trials,
    what_matters,
)
from fer_core.book.study_page import Page
from fer_core.figures.searches import describe_slices, describe_trials, draw_slices, draw_trials
from fer_core.suggestions import RANDOM
from fer_core.trials import IN_USE, searches_of

# %% tags=["hide-input"]
page = Page(study, "search")
searches = {name: searched(page.name, name) for name in searches_of(page.name)}
source = f"results/{page.name}/search"
page.answer(about_searches(list(searches.values()), page.titles))

# %% tags=["as-text"]
page.section(
    "history",
    found_better(list(searches.values())),
    f"""Trial {IN_USE} is the recipe in use. The next {RANDOM} are drawn at random, the later ones
    where a tree-structured Parzen estimator expects a gain. A score is that of the best epoch.""",
)

# %% tags=["hide-input"]
for name, found in searches.items():
    measure = measure_name(found)
    caption = f"Validation {measure} of the trials of the search *{name}*. {about_states(found)}"
    alt = describe_trials(found.table, measure)
    figure = draw_trials(found.table, measure)
    page.figure(figure, f"history-{name}", alt, caption, f"{source}/{name}/trials.csv")

# %% tags=["hide-input"]
for name, found in searches.items():
    caption = f"""Trials of the search *{name}*, the best first, with their settings. Intervals are
    of validation images, differences paired by image; a trial that was given up has none."""
    files = f"{source}/{name}/"
    page.table(found.table, f"trials-{name}", caption, files, shown_trials(found))

# %% tags=["as-text"]
tables = {name: importances(found) for name, found in searches.items()}
page.section(
    "importance",
    what_matters(list(tables.values())),
    """The share of the variance between complete trials that a setting explains alone, by fANOVA.
    Trials are few: the table says how far a share moves when any single trial is left out, and the
    heading names a setting only where it stays first.""",
)

# %% tags=["hide-input"]
for name, table in tables.items():
    caption = f"Importance of each setting in the search *{name}*, of complete trials alone."
    file, shown = f"{source}/{name}/trials.csv", shown_importances(table)
    otherwise = "Too few trials are complete to tell."
    page.table(table, f"importance-{name}", caption, file, shown, otherwise)

# %% [markdown]
# ## Score against each setting
#
# Where complete trials are high in one part of a panel and low in another, the setting matters.
# One that does not is scattered by the others.

# %% tags=["hide-input"]
for name, found in searches.items():
    measure, space = measure_name(found), found.record.search.space
    caption = f"Validation {measure} of the search *{name}* against each of its settings."
    alt = describe_slices(found.table, space, measure)
    figure = draw_slices(found.table, space, measure)
    page.figure(figure, f"slices-{name}", alt, caption, f"{source}/{name}/trials.csv")

# %% [markdown]
# ## Tried by hand
#
# Settings that were tried one by one, before there were searches.

# %% tags=["hide-input"]
tried = tried_by_hand(page.name)
caption = "Candidates and the validation scores of their best epoch."
shown = shown_by_hand(tried)
page.table(tried, "by-hand", caption, f"{source}.csv", shown, "There were none.")

# %% [markdown]
# ## What this does not show
#
# The best of many trials is in part the luckiest on these validation images, so that its score and
# its gain are too high. A search has one seed, and where its caption says so few images or epochs:
# more of any may have other best settings. How the recipe found does on test images is not known
# until a study names it.
