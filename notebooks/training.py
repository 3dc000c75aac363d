# ---
# jupyter:
#   chapter:
#     needs: [models]
#     order: 90
#     scope: study
#     title: Training curves
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Training curves
#
# How did each run learn, and which epoch was kept?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.run_tables import kept_epochs, read_histories
from fer_core.book.prose.answers import about_training
from fer_core.book.prose.findings import kept_last
from fer_core.book.prose.markdown import plain
from fer_core.book.study_page import Page
from fer_core.figures.columns import heading
from fer_core.figures.curves import describe_history, draw_history
from fer_core.study import Cell

CURVES = 12  # together they stay below 1 MB

# %% tags=["hide-input"]
page = Page(study, "training")
source = f"results/{page.name}/*/*/seed*/history.csv"
histories = read_histories(page.study)
kept = kept_epochs(histories)
page.answer(about_training(kept))

# %% tags=["as-text"]
page.section(
    "kept",
    kept_last(kept),
    """The epoch is chosen on the validation part of the training set. *Gap* is training accuracy
    minus validation accuracy at that epoch; training images are augmented, so it can be
    negative.""",
)

# %% tags=["hide-input"]
top = page.first(kept)
caption = f"""Epochs, kept epoch, its validation scores, and the time that training took.
{page.left(kept, top)}"""
shown = top.assign(minutes=top["minutes"].map("{:.1f}".format))
page.table(kept, "kept", caption, source, shown.rename(columns={"train": heading("train")}))

# %% [markdown]
# ## Curves
#
# Loss, accuracy and macro-F1, on training and validation images. A validation loss that rises
# while the training loss falls means that the model learns its training images by heart. The
# page of a run has its own.

# %% tags=["hide-input"]
drawn = page.first(kept, CURVES)
page.say(page.left(kept, drawn, "on the pages of the runs"))
for cell in (Cell(*run) for run in zip(*(drawn[axis] for axis in Cell._fields), strict=True)):
    history = histories[cell]
    model, train = page.titles.model(cell.model), page.titles.dataset(cell.train)
    what = f"{model} on {train}, seed {cell.seed}"
    name = f"{cell.model}-{cell.train}-{cell.seed}"
    caption = f"Training curves of {plain(what)}."
    page.figure(draw_history(history), name, describe_history(history, what), caption, source)

# %% [markdown]
# ## What this does not show
#
# Training scores are measured while the weights still change and on augmented images; they are no
# estimate of anything. Speed depends on the machine that trained, which each run's page names.
