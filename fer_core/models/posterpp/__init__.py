"""POSTER++ and its small twin."""

from torch import nn

from fer_core.models.entries import IMAGENET, Entry, register
from fer_core.models.posterpp.net import PosterPP, Sizes

PUBLISHED = {"resize": "nearest", "landmark_drift": True, "frozen_landmarks": True}
CORRECTED = {"resize": "antialiased", "landmark_drift": False}
SOURCE = "Mao et al. 2023, POSTER++; Talented-Q/POSTER_V2 at 18de559"
TINY = Sizes(
    side=48,
    width=8,
    landmark_blocks=(1, 1, 1),
    image_units=(1, 1, 2),
    head_width=8,
    embedding=64,
    heads=4,
)


@register(
    Entry(
        "posterpp",
        "method",
        "POSTER++",
        SOURCE,
        sizes=(224, 112),
        options=PUBLISHED,
        corrected=CORRECTED,
        cam_layer="image.stages.2",
        classifier=("head.linear.",),
        mean=IMAGENET["mean"],
        std=IMAGENET["std"],
    )
)
def build(
    size: int, classes: int, resize: str, landmark_drift: bool, frozen_landmarks: bool
) -> nn.Module:
    """Return POSTER++; without a file of landmark weights its frozen stream is random."""
    return PosterPP(classes, Sizes(), resize, landmark_drift, frozen_landmarks)


@register(
    Entry(
        "posterpp-tiny",
        "method",
        "small twin of POSTER++, whose landmark stream learns",
        SOURCE + ", with fewer channels and blocks, frozen_landmarks no (published: yes)",
        sizes=(48, 96),
        options={**PUBLISHED, "frozen_landmarks": False},
        corrected=CORRECTED,
        cam_layer="image.stages.2",
        classifier=("head.linear.",),
        mean=IMAGENET["mean"],
        std=IMAGENET["std"],
        published=PUBLISHED,
    )
)
def build_tiny(
    size: int, classes: int, resize: str, landmark_drift: bool, frozen_landmarks: bool
) -> nn.Module:
    """Return the same graph, small: no landmark weights fit it,
    so its landmark stream learns unless `frozen_landmarks`."""
    return PosterPP(classes, TINY, resize, landmark_drift, frozen_landmarks)
