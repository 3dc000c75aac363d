# ---
# jupyter:
#   chapter:
#     order: 30
#     scope: book
#     title: Recipes of papers
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Recipes of papers
#
# How did the authors train, and does a recipe of this project say the same?

# %% tags=["remove-cell"]
from fer_core.analysis.printed_recipes import AS_RUN, FILE, recipe_table, text_against_code
from fer_core.book.page import BookPage
from fer_core.book.prose.recipes import about_recipes, shown_differences, shown_recipes

# %% tags=["hide-input"]
page = BookPage("all-recipes")
table = recipe_table()
names = list(dict.fromkeys(table["recipe"]))
apart = text_against_code([name for name in names if name.endswith(AS_RUN)])
page.answer(about_recipes(table, apart))

# %% [markdown]
# A study names a recipe, or takes one as its base: {doc}`../run` says how. Where a text and its
# code differ, the recipe follows the text, and one *as run* the code. No recipe chooses its epoch
# on test images, although most authors did.
#
# ## Where text and code differ

# %% tags=["hide-input"]
caption = "Settings in which the recipe as run differs from that of the text."
page.table(apart, "apart", caption, FILE, shown_differences(apart), "They agree.")

# %% [markdown]
# ## Recipe by recipe

# %% tags=["hide-input"]
caption = """The values of each recipe, and how many of them are as printed. The file has them one
by one and says who said so: the text, the code, or an option that the code reads and does not
use."""
page.table(table, "values", caption, FILE, shown_recipes(table))

# %% [markdown]
# ## What this does not show
#
# That a recipe gives the accuracy which its paper reports: for that the data, the starting weights
# and days of a GPU are needed. What an author did and wrote down nowhere is in no recipe.
