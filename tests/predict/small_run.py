"""A small study of phantoms, and a run of it cut short."""

from fer_core.recipe import Machine
from fer_core.study import ModelSpec, Study
from tests.recipes import recipe

SETS = ("phantom-lab", "phantom-web")
RECIPE = recipe(
    epochs=2, batch_size=32, lr=2e-3, dropout=0.1,
    augment={"rotate": 10, "shift": 0.05, "flip": 0.5},
)  # fmt: skip
STUDY = Study(
    name="mini", title="Mini", train=SETS[:1], test=SETS, recipe=RECIPE,
    machine=Machine(channels_last=True),
    models={"small": ModelSpec(backbone="mobilenetv3_small_050", input_size=32)},
    leaks={"phantom-lab": "drop"}, views=("clean", "mirror", "side-48"),
)  # fmt: skip


class Spy:
    """Pixels that remember which rows were read."""

    def __init__(self, store):
        self.store, self.read = store, []

    def batch(self, rows):
        self.read.extend(int(row) for row in rows)
        return self.store.batch(rows)


def shorten(job):
    """Keep 160 training and 80 validation images, and 60 images of each test set."""
    job.rows = type(job.rows)(job.rows.train[:160], job.rows.validation[:80], job.rows.dropped)
    return job
