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
# Where in the face does a network find its answer, and is it elsewhere when the answer is wrong?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
import numpy as np

from fer_core.analysis.heat_maps import lower_table, pairs_to_show, read_grids, single_grids
from fer_core.analysis.leaderboard import ranked_models
from fer_core.analysis.right_wrong import (
    cells_to_draw,
    in_order,
    maps_of,
    mean_maps,
    read_images,
    read_regions,
    right_wrong_table,
)
from fer_core.book.prose.heat_maps import (
    about_lower,
    about_right_wrong,
    apart_table,
    lower_finding,
    right_wrong_finding,
)
from fer_core.book.prose.markdown import plain
from fer_core.book.study_page import Page
from fer_core.data.permission import faces, shown_here
from fer_core.figures.cam import describe_overlays, draw_overlays
from fer_core.figures.right_wrong import describe_right_wrong, draw_right_wrong

FIGURES = 3  # with the faces below they stay below 1 MB; the table has all

# %% tags=["hide-input"]
page = Page(study, "gradcam")
titles, source = page.titles, f"results/{page.name}/*/*/seed*/cam_images.parquet"
images = in_order(read_images(page.study), ranked_models(page.result.validation))
places = {test: read_regions(page.name, test) for test in images["test"].unique()}
apart = right_wrong_table(images, places)
grids = read_grids(page.study)
lower, tests = lower_table(grids), list(dict.fromkeys(grids["test"]))
written = [[titles.dataset(name) for name in some] for some in (tests, shown_here(tests))]
told = about_lower(titles.frame(lower), *written)
page.answer(f"{about_right_wrong(titles.frame(apart))}\n\n{told}")

# %% tags=["as-text"]
page.section(
    "right-wrong",
    right_wrong_finding(apart),
    """A heat map explains the answer that was given, and each emotion is looked for in places of
    its own. So images are compared that got the same answer, rightly or wrongly. No photograph is
    shown: the face is drawn, and only the places of its eyes and its mouth are measured.""",
)

# %% tags=["hide-input"]
for i, (cell, test) in enumerate(cells_to_draw(images)[:FIGURES]):
    maps = mean_maps(maps_of(images, cell, test))
    where = titles.dataset(cell.train), titles.dataset(test)
    what = f"{titles.model(cell.model)}, trained on {where[0]}, seed {cell.seed}, on {where[1]}"
    fig = draw_right_wrong(maps, places[test])
    caption = f"""Mean heat maps of {plain(what)}, of right answers beside wrong ones that name the
    same emotion. Dashed: where eyes with brows and mouth lie on average."""
    alt = f"{what}. {describe_right_wrong(maps)}"
    name = f"right-wrong-{cell.model}-{cell.train}-{test}"
    page.figure(fig, name, alt, caption, source, folded=what if i else "")

# %% tags=["hide-input"]
caption = """Share of the heat that lies on the mouth, and on the eyes and brows: of right answers
minus wrong ones, mean over the images that get the same answer, then over the answers. The file has
both shares, their answers and images, and that of an even map. Intervals (95 %) know test images of
one seed only; persons are drawn where they are known."""
otherwise = "No run kept heat maps of enough single images, or places are not known."
shown = apart_table(page.first(apart)) if len(apart) else apart
page.table(apart, "right-wrong", caption, source, shown, otherwise)

# %% tags=["as-text"]
page.section(
    "lower",
    lower_finding(lower),
    """For each emotion, the mean over the first test images of the map that explains this emotion,
    right or not: the share of its heat that lies in the lower half of the picture.""",
)

# %% tags=["hide-input"]
caption = """Lower half's share of the mean heat map of each emotion, of test sets whose images may
be shown. These maps are means without their images, so there is no interval."""
whole = f"results/{page.name}/*/*/seed*/cam.parquet"
page.table(lower, "lower", caption, whole, otherwise="No run kept mean heat maps.")

# %% [markdown]
# ## Single faces
#
# For each true emotion, the first image that the network names rightly and the first that it
# names wrongly, in the order of their ids. The heat map explains the answer that it gave.

# %% tags=["hide-input"]
ready = shown_here(tests)
for cell, test in [pair for pair in pairs_to_show(grids) if pair[1] in ready][:1]:
    rows = single_grids(grids, cell, test)
    heat, written = np.stack(list(rows["grid"])), list(rows["title"])
    where = titles.dataset(cell.train), titles.dataset(test)
    what = f"{titles.model(cell.model)}, trained on {where[0]}, seed {cell.seed}, on {where[1]}"
    fig = draw_overlays(faces(test, rows["sample_id"]), heat, written)
    alt = f"{what}. {describe_overlays(written, heat, where[1])}"
    name = f"faces-{cell.model}-{cell.train}"
    page.figure(fig, name, alt, f"Grad-CAM of {plain(what)}.", whole, pixels_of=[test])

# %% [markdown]
# ## What this does not show
#
# A heat map says where evidence for an answer lies in one layer of a network: the deepest that
# still tells six places a side apart. It does not say that the network understands the region,
# nor that the answer would change without it. Where eyes and mouth lie is a mean over images: in a
# picture of a turned or tilted face they lie elsewhere.
