"""The three phantom data sets as data: a camera, an annotator and the mix of emotions of each."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fer_core.data.phantom import camera, scenes
from fer_core.data.phantom.faces import Scene
from fer_core.emotions import EMOTIONS
from fer_core.errors import unknown

RAF_DB = (867, 877, 355, 5957, 3204, 2460, 1619)
"""Images of each emotion (order of EMOTIONS) in RAF-DB, basic set, all splits (Li et al. 2017)."""
FER2013 = (4953, 547, 5121, 8989, 6198, 6077, 4002)
"""Images of each emotion in FER2013, its three splits together (Goodfellow et al. 2013)."""


@dataclass(frozen=True)
class Domain:
    """One phantom data set. Shares and chances are fractions."""

    name: str
    size: int  # pixels
    n: int
    mix: tuple[int, ...]  # relative frequency of each of EMOTIONS
    splits: dict[str, float]
    per_person: int  # images of one person
    strength: tuple[float, float]  # weakest and strongest expression
    scene: Callable[[int, np.random.Generator], Scene]
    finish: Callable[[np.ndarray, np.random.Generator], np.ndarray]
    mistakes: dict[tuple[str, str], float] = field(default_factory=dict)
    """Annotator: chance that an image of the first emotion is labelled as the second."""
    copies: float = 0.02  # share of the images that are exact copies of another, same label
    conflicts: float = 0.008  # ... with another label
    leaks: float = 0.04  # share of the test people who are also in train


DOMAINS = {
    domain.name: domain
    for domain in (
        Domain(
            name="phantom-lab",
            size=64,
            n=2520,
            mix=(1,) * len(EMOTIONS),
            splits={"train": 0.7, "val": 0.1, "test": 0.2},
            per_person=7,
            strength=(0.30, 1.0),
            scene=scenes.lab_scene,
            finish=camera.finish_lab,
        ),
        Domain(
            name="phantom-street",
            size=64,
            n=2800,
            mix=RAF_DB,
            splits={"train": 0.7, "val": 0.1, "test": 0.2},
            per_person=4,
            strength=(0.25, 1.0),
            scene=scenes.street_scene,
            finish=camera.finish_street,
        ),
        Domain(
            name="phantom-web",
            size=48,
            n=2800,
            mix=FER2013,
            splits={"train": 0.7, "val": 0.1, "test": 0.2},
            per_person=3,
            strength=(0.25, 1.0),
            scene=scenes.web_scene,
            finish=camera.finish_web,
            mistakes={
                ("fear", "surprise"): 0.15,
                ("surprise", "fear"): 0.12,
                ("sad", "neutral"): 0.15,
                ("neutral", "sad"): 0.12,
                ("angry", "disgust"): 0.03,
                ("disgust", "angry"): 0.20,
            },
        ),
    )
}


def get_domain(name: str) -> Domain:
    """Return the phantom data set `name`; an unknown name raises UnknownNameError."""
    if name not in DOMAINS:
        raise unknown("phantom", name, DOMAINS)
    return DOMAINS[name]
