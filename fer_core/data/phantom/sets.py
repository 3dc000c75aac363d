"""The cards of the phantom data sets, and their registration."""

import numpy as np
import pandas as pd

from fer_core.data.card import Card
from fer_core.data.phantom.dataset import generate
from fer_core.data.phantom.domains import DOMAINS
from fer_core.data.registry import register_generated

SEED = 0

_SHOWS = {
    "phantom-lab": "rendered faces: frontal, even light, every emotion equally often, colour",
    "phantom-street": "rendered faces: turned, unevenly lit, partly hidden; emotions as in RAF-DB",
    "phantom-web": "rendered faces: grey, blurred, JPEG blocks; emotions as in FER2013",
}
_PROBLEMS = (
    "planted: exact copies, some with conflicting labels, and people shared by train and test "
    "(columns planted, copy_of and person tell which)",
)
_MISTAKES = "planted: the annotator confuses known pairs (column true_emotion tells which)"


def _card(name: str) -> Card:
    domain = DOMAINS[name]
    return Card(
        name=name,
        title=name.replace("phantom", "Phantom").replace("-", " "),
        citation="this project: a parametric face drawn from EMFACS action units",
        licence="CC0-1.0",
        labelled=(
            "a simulated annotator who confuses known pairs"
            if domain.mistakes
            else "by the emotion that was drawn"
        ),
        consent="not needed: the faces are drawn, of nobody",
        publishable=True,
        obtain="nothing to obtain: it is rendered here; nobody's face",
        persons=f"known: {domain.per_person} images of each person, who do not exist",
        shows=_SHOWS[name],
        problems=(*_PROBLEMS, _MISTAKES) if domain.mistakes else _PROBLEMS,
        store_size=domain.size,
        channels=1 if name == "phantom-web" else 3,
        test_split="20 % of the images, other people than in train except the planted ones",
        person_space="phantom",
        tested_on="itself: it is generated",
        version=2,
        generated={"n": domain.n, "seed": SEED},
    )


@register_generated(_card("phantom-lab"))
def phantom_lab() -> tuple[pd.DataFrame, np.ndarray]:
    """Generate the set that is frontal, clean and balanced."""
    return generate("phantom-lab", seed=SEED)


@register_generated(_card("phantom-street"))
def phantom_street() -> tuple[pd.DataFrame, np.ndarray]:
    """Generate the set with pose, light, occlusion and imbalance."""
    return generate("phantom-street", seed=SEED)


@register_generated(_card("phantom-web"))
def phantom_web() -> tuple[pd.DataFrame, np.ndarray]:
    """Generate the set that is grey, small and imbalanced, with noisy labels."""
    return generate("phantom-web", seed=SEED)
