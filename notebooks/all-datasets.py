# ---
# jupyter:
#   chapter:
#     order: 10
#     scope: book
#     title: All data sets
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # All data sets
#
# Which data sets can be read, on what terms, and how well is each reader tested?

# %% tags=["remove-cell"]
from fer_core.analysis.cards import read_others, readers_table
from fer_core.book.page import BookPage
from fer_core.book.prose.dataset_cards import reader_card
from fer_core.book.prose.whole_book import about_all_datasets
from fer_core.data.registry import get_entry, list_datasets

# %% tags=["hide-input"]
page = BookPage("all-datasets")
entries = [get_entry(name) for name in list_datasets()]
others = read_others()
page.answer(about_all_datasets(entries, others))

# %% [markdown]
# Images are never part of this project. Whoever wants to use a set obtains it from its source,
# under its terms; {doc}`../run` says how it is added. *Shown* sets may lend their pixels to this
# book, others never do.
#
# ## Readers and what they were tested on

# %% tags=["hide-input"]
source = "fer_core/data/readers/*.py"
page.table(readers_table(entries), "readers", "All readers and generators.", source)

# %% [markdown]
# ## The data sets

# %% tags=["as-text"]
page.say("\n\n".join(reader_card(entry.card) for entry in entries))

# %% [markdown]
# ## Named in the literature, without a reader

# %% tags=["hide-input"]
page.table(others, "others", "Data sets without a reader.", "book/other_datasets.yml")

# %% [markdown]
# ## What this does not show
#
# What a copy of a set holds: that is counted when it is prepared, and stands in the chapters of the
# studies that use it. A reader that was tested on a generated miniature may still fail on the files
# that are distributed.
