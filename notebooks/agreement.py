# ---
# jupyter:
#   chapter:
#     needs: [several raters]
#     order: 35
#     scope: study
#     title: Do models agree?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Do models agree?
#
# How far do trained nets, external models and people give the same image the same name, and what
# does it mean if they do?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.agreement_tables import (
    agreement_table,
    first_nets,
    pair_table,
    panels,
    people_table,
)
from fer_core.analysis.leaderboard import ranked_models
from fer_core.analysis.results import study_result
from fer_core.book.prose.agreement import (
    NOBODY,
    about_agreement,
    about_misreadings,
    heading_of,
    panel_title,
    shown_agreement,
    shown_emotions,
    shown_pairs,
)
from fer_core.book.study_page import Page
from fer_core.figures.agreement import describe_agreement, draw_agreement
from fer_core.figures.tables import display_table
from fer_core.raters import find_raters

MOST = 24  # trained nets

# %% tags=["hide-input"]
page = Page(study, "agreement")
trained = bool(page.study.models)
ranks = ranked_models(page.result.validation) if trained else {}
raters = find_raters(page.study)
result = study_result(page.study, {net.model for net in first_nets(ranks, MOST)})
found = panels(result.outcomes, ranks, MOST, raters, result.raters)
table, people = agreement_table(found), people_table(found)
pairs, lineage = pair_table(found)
told = page.titles.frame(table)
if len(told):
    told["panel"] = [panel_title(panel, page.titles.dataset) for panel in told["panel"]]
page.answer(about_agreement(told, lineage, people))

# %% tags=["as-text"]
page.section(
    "panels",
    heading_of(told),
    """Two answers to one image are the same more or less often by chance; alpha is what is left
    beyond chance, of what could be left. *Given the label*, chance is counted within each true
    emotion: what is left then is agreement in the errors, or about images that are clear.""",
)
if len(told):
    alt = describe_agreement(told)
    caption = "Krippendorff's alpha of each panel, as it is and given the label."
    page.figure(draw_agreement(told), "panels", alt, caption, page.predictions)

# %% tags=["hide-input"]
caption = """Agreement of the raters of each panel. Fleiss' kappa needs all raters to answer all
images. *Same answer*: of two answers to an image. Of a net with several seeds the first. The words
are those of Landis and Koch. Intervals know test images only: other raters would agree otherwise.
Trained nets are those that validation ranks first."""
shown = shown_agreement(told) if len(told) else None
page.table(table, "panels", caption, page.predictions, shown, NOBODY)
page.say(about_misreadings(told))

# %% [markdown]
# ## Emotion by emotion
#
# Do they agree when to name an emotion? An emotion that is seldom named can be named by each for
# other images.

# %% tags=["hide-input"]
caption = "Fleiss' kappa of each name: that emotion against all others."
shown = shown_emotions(told) if len(told) else None
page.table(table, "emotions", caption, page.predictions, shown, NOBODY)

# %% [markdown]
# ## Who agrees with whom
#
# Nets that learned from the same images agree more. Counting them as so many witnesses would be
# wrong.

# %% tags=["hide-input"]
caption = """Cohen's kappa, the mean over pairs of trained nets: those trained on one set, and those
trained on different sets."""
columns = ["test", "difference", "kappa_same", "kappa_other", "pairs_same", "pairs_other", "n"]
shown = display_table(lineage, columns) if len(lineage) else None
otherwise = "Agreement within and across training sets cannot be compared here."
page.table(lineage, "lineage", caption, page.predictions, shown, otherwise)
caption = "Cohen's kappa of the pairs that agree most and least. The file has all pairs."
shown = shown_pairs(pairs) if len(pairs) else None
otherwise = "No two trained nets were tested on the same images."
page.table(pairs, "pairs", caption, page.predictions, shown, otherwise)

# %% [markdown]
# ## In an annotator's place
#
# An annotator agrees with the others only so often. Does a net agree with them as often?

# %% tags=["hide-input"]
caption = """How often an annotator gave the same answer as the net, and as another annotator, on
the images that the net and two or more annotators answered. Nets that were trained on the answers
of the same annotators have an advantage: they learned what most people say, and an annotator says
what one person sees."""
columns = ["model", "train", "difference", "net", "annotator", "test", "panel", "annotators"]
shown = display_table(people, columns) if len(people) else None
otherwise = "No panel of annotators has answered these images."
page.table(people, "people", caption, page.predictions, shown, otherwise)

# %% [markdown]
# ## What this does not show
#
# That an answer is right: raters that agree may be wrong together. Who gave which vote of a public
# set is often unknown, and answers are then dealt out at random, which leaves alpha as it is but
# makes a pair of annotators meaningless.
