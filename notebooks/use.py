# ---
# jupyter:
#   chapter:
#     order: 70
#     scope: study
#     title: Use a model
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Use a model
#
# What does each trained model take, what does it know, and how is it had?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.leaderboard import RANKED_BY, first_models, leaderboard
from fer_core.analysis.model_cards import model_cards, recall_table, skill_table
from fer_core.analysis.summaries import read_summaries
from fer_core.book.prose.use import about_use, shown_cards, shown_recalls
from fer_core.book.study_page import Page
from fer_core.figures.sizes import describe_sizes, draw_sizes
from fer_core.runs import find_runs
from fer_core.views import CLEAN

# %% tags=["hide-input"]
page = Page(study, "use")
result = page.result
cards = model_cards(find_runs(page.study), read_summaries(page.study))
board = leaderboard(result.in_views, result.validation, shared=page.shared)
skill = skill_table(board[board["view"] == CLEAN], cards, RANKED_BY)
page.answer(about_use(cards, first_models(result.validation), page.name))

# %% [markdown]
# ## What each model takes and gives
#
# The file of weights says by itself how its pixels are made and which output is which emotion;
# `fer weights` prints it. Weights are no part of this project: a run makes them again.

# %% tags=["hide-input"]
source = f"results/{page.name}/*/*/seed*/run.json"
top = page.first(cards)
caption = f"""Every finished run. *Start*: the file from which its weights began. The licence is
that of the training images, as their card has it; whoever uses a model must look at it.
{page.left(cards, top)}"""
page.table(cards, "cards", caption, source, page.linked_runs(shown_cards(top), top))

# %% [markdown]
# ## Which emotions it finds
#
# Recall is the share of the images of an emotion that the model names so. A mean hides a rare
# emotion that is never found; this table does not.

# %% tags=["hide-input"]
recalls = recall_table(result.outcomes, page.shared)
top = page.first(recalls)
caption = f"""Recall of each emotion by kind of test, a mean where several test sets of a kind have
it. Intervals, cell by cell, are in the chapter on errors. {page.left(recalls, top)}"""
shown = shown_recalls(top, page.pages)
page.table(recalls, "recalls", caption, page.predictions, shown)

# %% [markdown]
# ## Size against skill

# %% tags=["hide-input"]
titled = page.titles.frame(skill)
if len(titled):
    caption = """Macro-F1 on other photographs against the number of parameters; its intervals are
    in the chapter on which model travels."""
    fig, alt = draw_sizes(titled, RANKED_BY), describe_sizes(titled, RANKED_BY)
    page.figure(fig, "sizes", alt, caption, page.predictions)
else:
    page.say("No model of this study was tested on other photographs.")

# %% [markdown]
# ## What this does not show
#
# Whether a model is fit for a purpose. Some uses are prohibited by law: {doc}`/book/limits` says
# which. A label says what a face looked like to annotators, not what a person felt. Speed is that
# of training on the machine of the run. Nets without results here are in {doc}`../all-models`.
