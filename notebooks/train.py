# ---
# jupyter:
#   chapter: false
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Train one model on one data set
#
# This page is one run of a study: a model trains on one data set, its epoch is chosen on the
# validation part of that data set, and only then does it predict every test set of the study.

# %% tags=["parameters"]
study = "demo"  # a file in studies/
model = "resnet"  # a model of that study
train = "phantom-lab"  # a training data set of that study
seed = 0  # one of its seeds
device = "auto"  # auto, cpu, cuda, cuda:1 ...
threads = 0  # CPU threads; 0 leaves the choice to torch

# %% tags=["remove-cell"]
import pandas as pd

from fer_core.book.page import show_drawing
from fer_core.figures.curves import describe_history, draw_history
from fer_core.job import prepare

pd.set_option("display.max_colwidth", None)  # else long values end with ...

# %% [markdown]
# ## What is trained on what

# %% tags=["hide-input"]
job = prepare(study, model, train, seed, device=device, threads=threads)
job.describe()

# %% [markdown]
# ## Training
#
# One line an epoch; the epoch that is kept is chosen by the rule above.

# %%
history = job.fit()

# %% tags=["hide-input"]
curves = pd.read_csv(job.folder / "history.csv")
show_drawing(draw_history(curves), describe_history(curves))

# %% [markdown]
# ## Predictions
#
# One table per test set: sample, true emotion, seven probabilities. Every number of the book
# comes from these.

# %% tags=["hide-input"]
job.predict()

# %% [markdown]
# ## Where the model looked
#
# Grad-CAM grids are stored for data sets whose faces may be published.

# %% tags=["hide-input"]
job.explain()

# %% [markdown]
# ## The record
#
# `run.json` is written last: with it, the run is complete.

# %% tags=["hide-input"]
job.finish().model_dump(include={"selection", "rows", "tests", "weights", "hardware", "seconds"})
