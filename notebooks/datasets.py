# ---
# jupyter:
#   chapter:
#     order: 80
#     scope: study
#     title: Data sets
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Data sets
#
# What does each data set of this study hold, and which of its images are not used?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.audit import with_unknown
from fer_core.analysis.framing import framing_table
from fer_core.analysis.summaries import (
    card_table,
    cleaning_table,
    count_table,
    dropped_table,
    read_summaries,
    wide_counts,
)
from fer_core.book.prose.answers import about_datasets
from fer_core.book.prose.framing import about_framing
from fer_core.book.prose.markdown import plain
from fer_core.book.study_page import Page
from fer_core.data.permission import faces, shown_here
from fer_core.figures.counts import describe_counts, draw_counts
from fer_core.figures.faces import describe_faces, draw_faces

# %% tags=["hide-input"]
page = Page(study, "datasets")
source = f"results/{page.name}/data/*.json"
summaries = read_summaries(page.study)
counts = count_table(summaries)
cleaning = cleaning_table(summaries)
page.answer(about_datasets(counts, cleaning))

# %% [markdown]
# ## How many images of each emotion
#
# Each set has its own proportions of the emotions. A model that only learned the proportions of
# its training set is wrong elsewhere.

# %% tags=["hide-input"]
caption = (
    "Used images per emotion and split; the number after each bar is the total of its emotion."
)
page.figure(draw_counts(counts), "counts", describe_counts(counts), caption, source)

# %% tags=["hide-input"]
page.table(wide_counts(counts), "counts", "Used images per data set, split and emotion.", source)

# %% [markdown]
# ## How the faces are framed
#
# The same model reads a face well in a tight frame and badly in a wide one, and an image that was
# stored smaller than a model's input is blurred there. Sides are those of the square that was cut
# out of each source image, in its own pixels.

# %% tags=["hide-input"]
page.say(about_framing(page.study, summaries))

# %% tags=["hide-input"]
caption = "How the images of each set were framed, and how large they are stored."
page.table(framing_table(summaries), "framing", caption, source)

# %% [markdown]
# ## Copies, conflicts and images that are not used
#
# The same file can stand in a set more than once, in two splits, or under two labels. A model
# that has seen a test image in training scores too well on it. Two fingerprints, of the index
# with its pixels and of the split, say which data a result belongs to.

# %% tags=["hide-input"]
caption = "What was found in each set, by comparing the bytes of its files."
page.table(cleaning, "cleaning", caption, source, with_unknown(cleaning))

# %% [markdown]
# ## What training leaves out
#
# No image is trained on that has a copy in a test part of the study. Each dropped image is
# counted under the first reason that holds.

# %% tags=["hide-input"]
caption = "Images trained on, validated on and dropped, per training set."
page.table(dropped_table(page.study), "dropped", caption, f"results/{page.name}/*/*/seed*/run.json")

# %% [markdown]
# ## Sources and terms
#
# A set that is not marked as shown here never lends a pixel to this book.

# %% tags=["hide-input"]
page.table(card_table(summaries), "cards", "Citation, terms and content of each data set.", source)

# %% [markdown]
# ## Sample faces
#
# The first test images of each emotion in the order of their hashes: nobody picked them.

# %% tags=["hide-input"]
ready = shown_here(list(summaries))
page.say(
    ""
    if ready
    else "No set of this study may be shown and is on the machine that rendered this page."
)
for name in ready:
    chosen = [(e, i) for e, ids in summaries[name]["samples"].items() for i in ids[:2]]
    labels = [emotion for emotion, _ in chosen]
    fig = draw_faces(faces(name, [i for _, i in chosen]), labels)
    caption = f"Sample faces of {name}. {plain(summaries[name]['card']['citation'])}"
    page.figure(
        fig, f"faces-{name}", describe_faces(labels, name), caption, source, pixels_of=[name]
    )

# %% [markdown]
# ## What this does not show
#
# Copies are byte-identical here; the same photograph saved twice or mirrored is what an audit of
# the data looks for. Whether a label is right is not checked.
