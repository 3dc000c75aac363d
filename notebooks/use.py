# ---
# jupyter:
#   chapter:
#     needs: [models]
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
from fer_core.analysis.cards import read_starts
from fer_core.analysis.catalogue import read_catalogue
from fer_core.analysis.kinds import IN_DOMAIN, OTHER, kind_of
from fer_core.analysis.leaderboard import RANKED_BY, first_models, ranked_models
from fer_core.analysis.model_cards import model_cards, recall_table, skill_table
from fer_core.analysis.per_class import class_table
from fer_core.analysis.summaries import read_summaries
from fer_core.book.prose.model_cards import USES, about_limits, model_cards_html
from fer_core.book.prose.use import about_more, about_use, shown_first, shown_recalls
from fer_core.book.study_page import Page
from fer_core.figures.sizes import describe_sizes, draw_sizes
from fer_core.runs import find_runs

MOST = 60  # trained models with a card: the page stays below 1.5 MB

# %% tags=["hide-input"]
page = Page(study, "use")
result = page.result
runs, facts = find_runs(page.study), read_summaries(page.study)
cards = model_cards(runs, facts, read_catalogue()[0], read_starts())
skill = skill_table(result.outcomes, page.shared, cards, RANKED_BY)
page.answer(about_use(cards, first_models(result.validation), page.name))
page.say_behind()

# %% [markdown]
# ## What they are for, and what they must not be used for

# %% tags=["hide-input"]
page.say(f"{USES}\n\n{about_limits(cards)}")

# %% [markdown]
# ## A card for each model
#
# The file of weights says by itself how its pixels are made and which output is which emotion;
# `fer weights` prints it. Weights are no part of this project: a run makes them again.

# %% tags=["hide-input"]
source = f"results/{page.name}/*/*/seed*/run.json"
order = shown_first(ranked_models(result.validation), cards, MOST)
kinds = {key: kind_of(outcome, page.shared) for key, outcome in result.outcomes.items()}
tested = {k: o for k, o in result.outcomes.items() if kinds[k] in (IN_DOMAIN, OTHER)}
recalls = class_table({k: o for k, o in tested.items() if k.model in order}, page.shared)
text = model_cards_html(cards, recalls, order, page.leaks, page.pages, page.titles)
caption = f"""Recall: the share of the images of an emotion that the model names so, on the test
images of its training set and on other photographs, with 95 % intervals (Wilson), joined with those
of the seeds where there are several. {page.note(key.pair for key in tested)}
{about_more(order, cards)}"""
page.html(text, cards, "cards", caption, source)

# %% [markdown]
# ## Which emotions it finds
#
# All models side by side. A mean hides a rare emotion that is never found; this table does not.

# %% tags=["hide-input"]
recalls = recall_table(result.outcomes, page.shared)
top = page.first(recalls)
caption = f"""Recall of each emotion by kind of test, a mean where several test sets of a kind have
it. Intervals are on the cards. {page.left(recalls, top)}"""
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
