"""Views of test images, applied: the probability of each emotion for every image in each view."""

import dataclasses
from collections.abc import Collection, Sequence
from functools import partial

import numpy as np
import torch

from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import require_sharp
from fer_core.errors import FerError
from fer_core.models import Model
from fer_core.models.sides import refuses_side
from fer_core.training.images import Pixels
from fer_core.training.logits import Tell, logits, preprocess_for, silent
from fer_core.views import CLEAN, Showing, passes, showings, sides_of

BATCH = 256


def predict(
    model: Model,
    pixels: Pixels,
    rows: np.ndarray,
    device: torch.device,
    views: Sequence[str] = (CLEAN,),
    channels_last: bool = False,
    batch_size: int = BATCH,
    tell: Tell = silent,
) -> dict[str, np.ndarray]:
    """Return (n, classes) float64 probabilities of `rows` by view; each row sums to 1.

    What several views look at is computed once. `tell` hears of each batch how many images it had,
    len(passes(views)) times n in all.
    """
    prepare = preprocess_for(model, device, channels_last)
    net = model.net.to(device)
    seen: dict[Showing, np.ndarray] = {}
    for showing in passes(views):
        sized = dataclasses.replace(prepare, size=showing.side or prepare.size)
        look = partial(show, showing=showing)
        answers = logits(net, sized, pixels, rows, batch_size, look, tell)
        seen[showing] = answers.double().softmax(dim=1).numpy()
    return {view: np.mean([seen[one] for one in showings(view)], axis=0) for view in views}


def show(images: torch.Tensor, showing: Showing) -> torch.Tensor:
    """Return stored images, (n, channels, side, side) uint8, as a showing has them; the side of the
    input is set where they are prepared."""
    return images.flip(-1) if showing.mirrored else images


def require_views(
    model: Model,
    views: Sequence[str],
    name: str,
    tests: Collection[Dataset],
    upsample: Collection[str] = (),
) -> None:
    """Raise FerError where the net of the model `name` cannot take an input of a view's side, or
    would be fed enlarged images of a test set whose sources have more to
    show, see `fer_core.data.enlarging`."""
    for view in views:
        for side in sides_of(view):
            if cause := refuses_side(model, side):
                raise FerError(
                    f"{name} has a fixed input of {model.input.size} px, so it has no view {view} "
                    f"({cause}); give it views of its own: `views: [clean]` under its name in the "
                    "study file"
                )
            require_sharp(tests, side, f"{name} in the view {view}", upsample)
