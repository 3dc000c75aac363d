# ---
# jupyter:
#   chapter:
#     needs: [models]
#     order: 30
#     scope: study
#     title: What does it get wrong?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What does it get wrong?
#
# Which emotions does a model miss, on its own test images and elsewhere, and what does it take them
# for?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
import pandas as pd

from fer_core.analysis.confusions import (
    confident_errors,
    confused_pairs,
    confusion_table,
    first_fitting,
)
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import kind_of
from fer_core.analysis.leaderboard import first_models, ranked_models
from fer_core.analysis.per_class import class_table
from fer_core.analysis.pr import average_precisions, pairs_to_draw, pr_curves
from fer_core.analysis.run_tables import compiled_of
from fer_core.book.prose.answers import about_pr
from fer_core.book.prose.confusions import (
    about_confusion,
    emotion_table,
    matrices_html,
    pairs_table,
)
from fer_core.book.prose.findings import lead_of, missed_most, mistaken_most, surest
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.words import about_left
from fer_core.book.study_page import Page
from fer_core.data.permission import faces, shown_here
from fer_core.figures.curves import describe_pr, draw_pr
from fer_core.figures.faces import describe_faces, draw_faces
from fer_core.figures.marks import pairs_of, with_leaks
from fer_core.figures.tables import display_table

AXES = ("model", "train", "test")
MOST = 120  # test sets × trained models in the tables: the page stays below 1.5 MB
FIGURES, LINES, POINTS, FACES = 5, 3, 25, 6  # all pictures together stay below 1 MB

# %% tags=["hide-input"]
page = Page(study, "errors")
found, validation, titles = page.result.outcomes, page.result.validation, page.titles
first = first_models(validation)
written = {titles.dataset(train): titles.model(model) for train, model in first.items()}
ap = average_precisions(found, page.shared)
sure = about_pr(titles.frame(ap), written)
page.answer(f"{about_confusion(titles.keys(found), written)}\n\n{sure}")
page.say_behind()

# %% tags=["as-text"]
classes = class_table(found, page.shared)
lead, home = lead_of(page.study.train_sets(), first)
whom = f"{plain(titles.model(lead))}, trained on {plain(titles.dataset(home))}"
page.section(
    "recall",
    missed_most(classes, lead, home),
    f"""The headings of this page are about {whom}. The share of an emotion's images that get its
    name. Below each model's own test images, framed, stand the other sets. A number leads to its
    run.""",
)

# %% tags=["hide-input"]
chosen = first_fitting(found, validation, MOST)
left = about_left({key[:2] for key in found}, {key[:2] for key in chosen})
shown = classes[[key in chosen for key in map(Key, *(classes[axis] for axis in AXES))]]
note = page.note(key.pair for key in chosen)
caption = f"""Recall of each emotion with 95 % intervals (Wilson), joined with those of the seeds
where there are several. {left} The file has precision and F1 as well. {page.drawn} {note}"""
file = with_leaks(classes, pairs_of(classes), page.leaks)
shown = emotion_table(shown, "recall", page.leaks, page.pages, titles)
page.table(file, "emotions", caption, page.predictions, shown)

# %% tags=["as-text"]
confusions = confusion_table(found, page.shared)
page.section(
    "confusions",
    mistaken_most(confusions, lead, home),
    """A row holds the images of one emotion, its number beside it, and in percent what they were
    called. Errors that gather in few columns mean that a model falls back on the emotions that it
    knows best.""",
)

# %% tags=["hide-input"]
kinds = {key: kind_of(outcome, page.shared) for key, outcome in chosen.items()}
text = matrices_html(chosen, kinds, page.leaks, page.pages, titles)
caption = f"""Confusion matrices, shares of the row in percent, the mean over all seeds; rows of
emotions that the test set lacks are blank. Minus in-domain: percentage points more or less than the
same model has on its own test images. {left} The file has the counts. {note}"""
page.html(text, confusions, "confusions", caption, page.predictions)

# %% [markdown]
# ## The most frequent confusions

# %% tags=["hide-input"]
pairs = confused_pairs(confusions)
here = pairs.set_index(["model", "train"]).index.isin({key[:2] for key in chosen})
caption = f"""True emotion → answer, by kind of test: how many of how many images of the emotion, of
several test sets of a kind their sum. {left} The file has every pair."""
page.table(pairs, "pairs", caption, page.predictions, pairs_table(pairs[here]))

# %% tags=["as-text"]
page.section(
    "precision",
    surest(ap, lead, home),
    """If a model names an emotion only when it is sure, how often is it right, and how much does
    it miss? One panel per emotion, one line per model and seed; the dotted line is the share of
    that emotion: what a blind guess would reach. Each figure has the models that validation ranks
    first.""",
)

# %% tags=["hide-input"]
wanted = pairs_to_draw(ap, FIGURES)
looks = [titles.model(model) for model in page.study.models]
for train, test in wanted:
    keys = [Key(model, train, test) for model in ranked_models(validation)[train][:LINES]]
    there = {key: found[key] for key in keys if key in found}
    mine = titles.frame(average_precisions(there, page.shared))
    curves = titles.frame(pr_curves(there, POINTS))
    names = titles.dataset(train), titles.dataset(test)
    fig, alt = draw_pr(curves, mine, *names, looks), describe_pr(mine, *names)
    what = "" if (train, test) == wanted[0] else f"Trained on {names[0]}, tested on {names[1]}"
    caption = f"{plain(alt)} {page.note([(train, test)])}"
    page.figure(fig, f"{train}-{test}", alt, caption, page.predictions, folded=what)

# %% [markdown]
# Average precision must be read beside the base rate: a frequent emotion has a high one for free.
# The page shows the in-domain cells; the file has all.

# %% tags=["hide-input"]
own = ap[[key in chosen for key in map(Key, *(ap[axis] for axis in AXES))]]
own = own[own["train"] == own["test"]] if (own["train"] == own["test"]).any() else own
blind = own.drop_duplicates(["test", "emotion"]).assign(model="base rate", train="")
blind = blind.assign(ap=blind["base_rate"], ap_lo=float("nan"), ap_hi=float("nan"))
caption = f"""Average precision of each emotion with 95 % intervals (logit), joined with those of
the seeds where there are several. {left} The file has the numbers of images. {note}"""
shown = emotion_table(pd.concat([blind, own]), "ap", page.leaks, page.pages, titles)
page.table(with_leaks(ap, pairs_of(ap), page.leaks), "ap", caption, page.predictions, shown)

# %% [markdown]
# ## The errors that it is surest of
#
# Of the first model of each training set, the wrong answers with the highest probability.

# %% tags=["hide-input"]
wrong = confident_errors(found, first, page.shared, compiled_of(page.study))
columns = ["source", "test", "train", "model", "kind", "emotion", "answer", "probability"]
top = wrong.groupby(["test", "train"], sort=False).head(3)
top = top.assign(source=top["source"].map(titles.dataset))
columns = columns[int((top["source"] == top["test"].map(titles.dataset)).all()) :]
caption = """The most probable wrong answers on each test set; of several seeds that which is surest
of it. The file has more of them, their images and the seed."""
shown, otherwise = display_table(top, columns), "There are none."
page.table(wrong, "errors", caption, page.predictions, shown, otherwise)

# %% tags=["hide-input"]
ready = shown_here(list(dict.fromkeys(wrong["test"])))[:3]
for name in ready:
    seen = wrong[wrong["test"] == name].drop_duplicates("sample_id")
    seen = seen.nlargest(FACES // len(ready), "probability")
    labels = [f"{row.emotion},\nas {row.answer}" for row in seen.itertuples()]
    fig = draw_faces(faces(name, seen["sample_id"]), labels, columns=6)
    said = [label.replace("\n", " ") for label in labels]
    alt = f"The surest errors: {describe_faces(said, titles.dataset(name))}"
    page.figure(fig, f"faces-{name}", alt, plain(alt), page.predictions, pixels_of=[name])

# %% [markdown]
# ## What this does not show
#
# A confusion can be the model's error or the annotator's. Where people themselves disagree, as
# between fear and surprise or between sad and neutral, no matrix can tell the two apart, and an
# error that a model is sure of may be a wrong label. A precision-recall curve ranks images by a
# model's probability; it does not say whether that probability is right. What is rare rests on few
# images.
