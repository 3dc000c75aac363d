# ---
# jupyter:
#   chapter:
#     order: 40
#     scope: book
#     title: Does anything beat plain training?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Does anything beat plain training?
#
# Papers claim large gains on another data set for methods of domain generalisation; compared with
# the same care, none gained more than a point over plain training. Asked here, before any training:
# does a method gain more than one point of macro-F1 on *other photographs*?

# %% tags=["remove-cell"]
from fer_core.analysis.beyond import (
    choices,
    costs,
    gains,
    method_outcomes,
    scores,
    shared_photographs,
)
from fer_core.beyond.record import find_searches, find_trainings
from fer_core.book.page import BookPage
from fer_core.book.prose.beyond import (
    NOTHING,
    about_gains,
    about_methods,
    about_settings,
    about_tests,
    heading_of,
    shown,
    titled,
)
from fer_core.figures.gains import describe_gains, draw_gains

# %% tags=["hide-input"]
page = BookPage("beyond")
trainings, searches = find_trainings(), find_searches()
found, shared = method_outcomes(trainings), shared_photographs()
table, scored = gains(found, shared), scores(found, shared)
told = titled(table)
source = "results/beyond/*/*/seed*.parquet"
page.answer(about_gains(table))

# %% [markdown]
# An interval is that of the difference, of images and of seeds. Where all of it lies above one
# point, a method is *better by more than a point*, below minus one point *worse*; where it lies
# within one point either way the two are practically the same; all else is *not decided*. Each
# interval is by itself; p, of no difference at all, is corrected for the number of methods.

# %% tags=["as-text"]
page.section("gains", heading_of(table))
if len(table):
    alt, caption = describe_gains(table), "Each method minus ERM; the grey band is one point."
    page.figure(draw_gains(told), "gains", alt, caption, source)

# %% tags=["hide-input"]
columns = ["method", "test", "train", "difference", "verdict", "p", "kind", "n", "seeds"]
caption = "What each method gains, by test and in the mean of the tests of other photographs."
page.table(table, "gains", caption, source, shown(told, columns) if len(table) else None, NOTHING)

# %% tags=["hide-input"]
page.say(about_tests(told) if len(table) else "")

# %% [markdown]
# ## Scores

# %% tags=["hide-input"]
columns = ["method", "train", "test", "macro_f1", "accuracy", "kind", "n", "seeds"]
caption = "Macro-F1 and accuracy of every method on every test, the mean over seeds."
every = shown(titled(scored), columns) if len(scored) else None
page.table(scored, "scores", caption, source, every, NOTHING)

# %% [markdown]
# ## The methods

# %% tags=["as-text"]
page.say(about_methods())

# %% [markdown]
# ## Settings

# %% tags=["hide-input"]
page.say(about_settings(trainings))

# %% tags=["hide-input"]
chosen = choices(searches)
caption = "A method's own setting: the best on validation images of the sources, with one seed."
columns = ["method", "train", "value", "validation_macro_f1", "chosen"]
page.table(
    chosen, "settings", caption, "results/beyond/*/*/search.json",
    shown(titled(chosen), columns) if len(chosen) else None, NOTHING,
)  # fmt: skip

# %% [markdown]
# ## Time

# %% tags=["hide-input"]
spent = costs(trainings)
caption = """Seconds of one processor core for one training with its tests, the median, without the
features of the frozen net. What begins with an ERM net has its time in it."""
columns = ["method", "seconds", "relative"]
page.table(
    spent, "time", caption, "results/beyond/*/*/seed*.json",
    shown(spent, columns) if len(spent) else None, NOTHING,
)  # fmt: skip

# %% [markdown]
# ## What this does not show
#
# - The net is frozen up to its last block: a method that would have to change the lower layers
#   cannot, and the batch norms of the frozen part are part of its convolutions.
# - It is one net, these data sets, and few images of each.
# - A method's own setting was chosen from three values, on images like those that it learned from.
# - The mask is not all of its paper, and the student saw few images without labels, of the sources
#   themselves: its paper had hundreds of millions.
