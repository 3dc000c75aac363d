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
# What does each data set of this study hold, who labelled it, and on what terms is it had?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.audit import read_audit
from fer_core.analysis.framing import framing_table
from fer_core.analysis.leaks import NotAudited
from fer_core.analysis.summaries import (
    card_table,
    count_table,
    dropped_table,
    read_summaries,
    share_table,
    wide_counts,
)
from fer_core.book.prose.datasets import about_datasets, about_images, shown_shares, study_cards
from fer_core.book.prose.framing import about_framing
from fer_core.book.prose.markdown import plain
from fer_core.book.study_page import Page
from fer_core.data.permission import faces, shown_here
from fer_core.figures.faces import describe_faces, draw_faces

# %% tags=["hide-input"]
page = Page(study, "datasets")
source = f"results/{page.name}/data/*.json"
summaries = read_summaries(page.study)
counts = count_table(summaries)
shares, cards = share_table(counts), card_table(summaries)
titled = page.titles.frame(shares), page.titles.frame(cards)
page.answer(about_datasets(*titled))

# %% [markdown]
# ## How often each emotion occurs

# %% tags=["hide-input"]
caption = """Share of each emotion among the used images of each data set, in percent, all its
parts together; the stronger the colour, the more frequent. The file has the number of images in
each part."""
page.table(wide_counts(counts), "counts", caption, source, shown_shares(titled[0]))

# %% [markdown]
# ## A card for each data set
#
# A model that has seen a test image in training scores too well on it: what a set shares with the
# others, as byte copies or near copies, stands on its card.

# %% tags=["hide-input"]
page.say(about_images(*titled))

# %% tags=["as-text"]
shared = read_audit(page.name).shared
known = shared if not isinstance(page.leaks, NotAudited) else shared.drop(shared.index)
caption = """Used images by emotion and part, and what is known of each set. The fingerprint, of the
index with its pixels, and the hash of the split say which data a result belongs to."""
page.html(study_cards(summaries, cards, shares, known, page.trust), cards, "cards", caption, source)

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
framed = framing_table(summaries)
page.table(framed, "framing", caption, source, page.titles.frame(framed))

# %% [markdown]
# ## What training leaves out
#
# No image is trained on that has a copy in a test part of the study. Each dropped image is
# counted under the first reason that holds.

# %% tags=["hide-input"]
caption = "Images trained on, validated on and dropped, per training set."
source_of_runs = f"results/{page.name}/*/*/seed*/run.json"
otherwise = "This study trains no model."
page.table(dropped_table(page.study), "dropped", caption, source_of_runs, otherwise=otherwise)

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
# Whether a label is right: nobody has looked at the images again. Where a card says that persons
# are unknown, one of them may be in training and test. Terms are as the source stated them when the
# card was written, and are no legal advice.
