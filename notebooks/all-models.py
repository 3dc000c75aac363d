# ---
# jupyter:
#   chapter:
#     order: 20
#     scope: book
#     title: All models
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # All models
#
# Which nets does this project build itself, how large are they, and how fast?

# %% tags=["remove-cell"]
from fer_core.analysis.catalogue import (
    compare_printed,
    printed_table,
    read_catalogue,
    read_printed,
    sizes_table,
    sources_table,
)
from fer_core.book.page import BookPage
from fer_core.book.prose.whole_book import about_all_models, about_printed, about_speed

# %% tags=["hide-input"]
page = BookPage("all-models")
table, machine = read_catalogue()
printed = compare_printed(table, read_printed())
source, otherwise = "results/models.csv", "There is nothing to show."
page.answer(about_all_models(table))

# %% [markdown]
# A study may name any of them, and any classifier of timm as well: `fer models 'convnext*'`
# searches both. {doc}`../run` says how.
#
# ## Size and speed
#
# Parameters and multiply-accumulates (MACs, for one image) are those of the net that predicts;
# *in training* counts what is there besides only to train it, *trained* what the optimiser changes.
# All are counted from the net itself, with its default switches and seven classes.

# %% tags=["hide-input"]
page.say(about_speed(table, machine))

# %% tags=["hide-input"]
shown = sizes_table(table)
page.table(table, "sizes", "Every net at every size.", source, shown, otherwise)

# %% [markdown]
# ## Sources, switches and weights
#
# How a study trains is said by its recipe, a paper's only where it names one of
# {doc}`all-recipes`. What was checked of the nets themselves:
#
# - POSTER++, DAN and DMUE: outputs, losses and numbers of parameters agree with those of the
#   authors' own code. Their twins differ by what the column *source* adds.
# - BTFER benchmark: built from the notebooks that the column *source* names. Compared were the
#   numbers of parameters and, of the nets with *head*, its layers with the paper's text and its
#   pool with the paper's tables; some of the notebooks have the other value of a switch. No output
#   was compared.
# - Klagenfurt pipeline: built from its code. Compared were the numbers of parameters and the
#   dropout, with the configurations that its paper prints. No output was compared.
#
# *Corrected* are the switches that `variant: corrected` sets, for the nets that have any; every
# switch and its value is kept in the record of a run.

# %% tags=["hide-input"]
caption = "Where each comes from."
page.table(sources_table(table), "sources", caption, source, otherwise=otherwise)

# %% [markdown]
# ## Counts as printed

# %% tags=["hide-input"]
page.say(about_printed(printed))

# %% tags=["hide-input"]
differing = printed[~printed["agrees"]]
rows, source = printed if len(differing) else differing, "book/printed_parameters.csv"
shown, otherwise = printed_table(differing), "No count differs."
page.table(rows, "printed", "Counts that differ.", source, shown, otherwise)

# %% [markdown]
# ## What this does not show
#
# How well a net recognises emotions: the chapters of the studies show that. Speed is that of one
# machine without a GPU; another machine may put the nets into another order.
