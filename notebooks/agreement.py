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
    apart_table,
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
    shown_agreement,
    shown_emotions,
    shown_pairs,
    titled,
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
raters, nets = find_raters(page.study), first_nets(ranks, MOST)
result = study_result(page.study, {net.model for net in nets})
found = panels(result.outcomes, nets, raters, result.raters)
table, apart, people = agreement_table(found), apart_table(found), people_table(found)
pairs, lineage = pair_table(found)
told, beside = titled(table, page.titles), titled(apart, page.titles)
page.answer(about_agreement(told, beside, lineage, page.titles.frame(people)))

# %% tags=["as-text"]
page.section(
    "panels",
    heading_of(told, beside),
    """Two answers to one image are the same more or less often by chance; alpha is what is left
    beyond chance, of what could be left. *Given the label*, chance is counted within each true
    emotion: what is left is agreement about single images, and confusions that all raters share
    count as chance.""",
)
if len(told):
    alt = describe_agreement(told)
    caption = "Krippendorff's alpha of each panel, as it is and given the label."
    page.figure(draw_agreement(told), "panels", alt, caption, page.predictions)

# %% tags=["hide-input"]
every = sum(len(models) for models in ranks.values())
caption = f"""Agreement of the raters of each panel. Fleiss' kappa needs all raters to answer all
images. *Same answer*: of two answers to an image. The words are those of Landis and Koch, of both
ends of the interval. Intervals know test images only: other raters would agree otherwise. Trained
nets: {len(nets)} of {every}, those that validation ranks first; of several seeds the first."""
shown = shown_agreement(told) if len(told) else None
page.table(table, "panels", caption, page.predictions, shown, NOBODY)
page.say(about_misreadings(told))
caption = "Alpha of nets minus that of people, on the images that both answered, paired by image."
columns = ["panel", "test", "difference", "people", "raters", "annotators", "n", "drawn"]
shown = display_table(beside, columns) if len(apart) else None
otherwise = "No panel of nets and panel of annotators answered the same images."
page.table(apart, "apart", caption, page.predictions, shown, otherwise)

# %% [markdown]
# ## Emotion by emotion
#
# Do they agree when to name an emotion? An emotion that is seldom named can be named by each for
# other images.

# %% tags=["hide-input"]
caption = """Kappa of each name, that emotion against all others: Fleiss' where all raters answered
all images, else an image counts by its answers."""
shown = shown_emotions(told) if len(told) else None
page.table(table, "emotions", caption, page.predictions, shown, NOBODY)

# %% [markdown]
# ## Who agrees with whom
#
# Do nets that learned from the same images agree more? Then they are not so many witnesses.

# %% tags=["hide-input"]
caption = """Cohen's kappa, the mean over pairs of trained nets: those trained on one set, and those
trained on different sets."""
columns = ["test", "difference", "kappa_same", "kappa_other", "pairs_same", "pairs_other"]
columns += ["n", "drawn"]
shown = display_table(lineage, columns) if len(lineage) else None
otherwise = "Agreement within and across training sets cannot be compared here."
page.table(lineage, "lineage", caption, page.predictions, shown, otherwise)
caption = "Cohen's kappa of the pairs that agree most and least. The file has all pairs."
shown = shown_pairs(page.titles.frame(pairs)) if len(pairs) else None
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
columns += ["n", "drawn"]
shown = display_table(people, columns) if len(people) else None
otherwise = "No trained net and panel of annotators answered the same images."
page.table(people, "people", caption, page.predictions, shown, otherwise)

# %% [markdown]
# ## What this does not show
#
# That an answer is right: raters that agree may be wrong together. Who gave which vote of a public
# set is often unknown, and answers are then dealt out at random, which leaves alpha as it is but
# makes a pair of annotators meaningless.
