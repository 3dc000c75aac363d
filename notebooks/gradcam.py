# ---
# jupyter:
#   chapter:
#     needs:
#     - heat maps
#     order: 50
#     scope: study
#     title: Grad-CAM
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Grad-CAM
#
# Where in the face does a network find its answer?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
import numpy as np
import pandas as pd

from fer_core.analysis.heat_maps import mean_grids, pairs_to_show, read_grids, single_grids
from fer_core.book.prose.heat_maps import about_grids
from fer_core.book.study_page import Page
from fer_core.data.permission import faces, shown_here
from fer_core.figures.cam import (
    describe_mean_grids,
    describe_overlays,
    draw_mean_grids,
    draw_overlays,
)
from fer_core.study import Cell

FIGURES = 30  # the first of the models; the heat maps of all are stored

# %% tags=["hide-input"]
page = Page(study, "gradcam")
source = f"results/{page.name}/*/*/seed*/cam.parquet"
grids = read_grids(page.study)
pairs = pairs_to_show(grids)
ready = shown_here(list(dict.fromkeys(grids["test"])))
page.answer(about_grids(grids, ready))

# %% [markdown]
# ## Mean heat maps
#
# For each emotion, the mean over test images of the heat map that explains this emotion. Heat
# maps are scaled to their strongest response, so brightness does not compare between models.

# %% tags=["hide-input"]
every = pd.DataFrame([cell for cell, _ in pairs], columns=list(Cell._fields))
drawn = page.first(every, FIGURES)
page.say(page.left(every, drawn, "in the files of the runs"))
pairs = [pairs[i] for i in drawn.index]
for cell, test in pairs:
    means, counts = mean_grids(grids, cell, test)
    what = f"{cell.model}, trained on {cell.train}, seed {cell.seed}, on {test}"
    fig, alt = draw_mean_grids(means, counts), f"{what}. {describe_mean_grids(means, counts)}"
    name = f"mean-{cell.model}-{cell.train}"
    page.figure(fig, name, alt, f"Mean heat maps of {what}.", source, pixels_of=[])

# %% [markdown]
# ## Single faces
#
# For each true emotion, the first image that the network names rightly and the first that it
# names wrongly, in the order of their ids. The heat map explains the answer that it gave.

# %% tags=["hide-input"]
for cell, test in [pair for pair in pairs if pair[1] in ready]:
    rows = single_grids(grids, cell, test)
    images, heat, titles = (
        faces(test, rows["sample_id"]),
        np.stack(rows["grid"]),
        list(rows["title"]),
    )
    what = f"{cell.model}, trained on {cell.train}, seed {cell.seed}, on {test}"
    fig = draw_overlays(images, heat, titles)
    alt = f"{what}. {describe_overlays(titles, heat, test)}"
    name = f"faces-{cell.model}-{cell.train}"
    page.figure(fig, name, alt, f"Grad-CAM of {what}.", source, pixels_of=[test])

# %% [markdown]
# ## What this does not show
#
# A heat map says where evidence for an answer lies in one layer of a network: the deepest that
# still tells six places a side apart. It does not say that the network understands the region,
# nor that the answer would change without it. The shares in the answer are of mean maps: those of
# single images are not kept, so there is no interval, only the range over the models.
