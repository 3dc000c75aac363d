"""Making a phantom data set: its pictures, and an index that keeps the truth."""

import hashlib

import numpy as np
import pandas as pd

from fer_core.data.phantom.cast import Cast, make_cast
from fer_core.data.phantom.domains import DOMAINS, Domain, get_domain
from fer_core.data.phantom.expressions import sample_units
from fer_core.data.phantom.faces import ACTION_UNITS, Faces, take
from fer_core.data.phantom.people import sample_people
from fer_core.data.phantom.regions import region_boxes
from fer_core.data.phantom.render import render_faces
from fer_core.emotions import EMOTION_INDEX, EMOTIONS
from fer_core.errors import FerError


def generate(name: str, n: int | None = None, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Generate the phantom data set `name` with `n` images (default: its own number).

    Return the index, one row per image, and the pixels, uint8 (n, size, size, channels). Besides
    the index's usual columns it has the truth: `true_emotion` (before the annotator erred),
    `au1` ... `au26` (intensities, 0 to 1), `yaw` and `roll` (degrees), `light` (0 to 1),
    `occluded`, `planted` ("", "copy", "conflict", "person"), `copy_of` (sample_id) and the
    boxes of the four regions (`brow_x0` ... `mouth_y1`, fractions of the picture). The same
    arguments give the same bits.
    """
    domain = get_domain(name)
    if n is not None and n < 1:
        raise FerError(f"{name} with {n} images is empty; ask for at least one")
    rng = np.random.default_rng([seed, list(DOMAINS).index(name)])
    cast = make_cast(domain, domain.n if n is None else n, rng)
    faces = _faces(domain, cast.emotion, cast.person, rng)
    pixels = domain.finish(render_faces(faces, domain.size), rng)[cast.source]
    emotion = _annotate(domain, cast, rng)
    return _index(domain, cast, emotion, faces.take(cast.source), pixels), pixels


def sample_faces(name: str, n: int, seed: int = 0) -> Faces:
    """Draw `n` faces as the camera of the phantom data set `name` sees them; emotions at random."""
    domain = get_domain(name)
    rng = np.random.default_rng(seed)
    emotion = rng.integers(len(EMOTIONS), size=n)
    return _faces(domain, emotion, np.arange(n), rng)


def _faces(
    domain: Domain, emotion: np.ndarray, person: np.ndarray, rng: np.random.Generator
) -> Faces:
    people = sample_people(int(person.max()) + 1, rng)
    units = sample_units(emotion, domain.strength, rng)
    return Faces(take(people, person), units, domain.scene(len(emotion), rng))


def _annotate(domain: Domain, cast: Cast, rng: np.random.Generator) -> np.ndarray:
    """Return the labels: the annotator errs on images that are neither copies nor copied."""
    given = cast.emotion.copy()
    draw = rng.random(len(given))
    copied = np.isin(cast.planted, ["copy", "conflict"])
    copied[cast.source[copied]] = True
    for (true, other), chance in domain.mistakes.items():
        given[(cast.emotion == EMOTION_INDEX[true]) & (draw < chance) & ~copied] = EMOTION_INDEX[
            other
        ]
    return given


def _index(
    domain: Domain, cast: Cast, emotion: np.ndarray, shown: Faces, pixels: np.ndarray
) -> pd.DataFrame:
    n = len(emotion)
    names = np.array(EMOTIONS, object)
    ids = np.array([f"{domain.name}-{row:05d}" for row in range(n)], object)
    scene = shown.scene
    columns = {
        "sample_id": ids,
        "emotion": names[emotion],
        "split": cast.split,
        "person": [f"{domain.name}-person-{person:04d}" for person in cast.person],
        "sha256": [hashlib.sha256(picture.tobytes()).hexdigest() for picture in pixels],
        "true_emotion": names[cast.emotion[cast.source]],
        "planted": cast.planted,
        "copy_of": np.where(cast.source == np.arange(n), "", ids[cast.source]),
        "yaw": np.degrees(scene.yaw),
        "roll": np.degrees(scene.roll),
        "light": scene.light,
        "occluded": scene.occluded.astype(bool),
        **{f"au{unit}": shown.au(unit) for unit in ACTION_UNITS},
        **region_boxes(shown),
    }
    return pd.DataFrame(columns)
