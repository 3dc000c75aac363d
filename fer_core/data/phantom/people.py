"""Drawing people at random: shape of the face, skin, hair, eyes, glasses."""

import numpy as np

from fer_core.data.phantom.faces import Array, People

_SKIN = (
    (253, 226, 204), (247, 211, 182), (240, 197, 162), (226, 178, 138), (210, 158, 116),
    (188, 133, 92), (162, 108, 72), (134, 86, 56), (112, 70, 47), (92, 58, 41),
)  # fmt: skip
_HAIR = (
    (38, 32, 36), (62, 44, 38), (92, 62, 44), (128, 84, 52), (164, 78, 44),
    (206, 158, 92), (232, 198, 136), (150, 150, 158), (204, 204, 208),
)  # fmt: skip
_HAIR_ODDS = np.array([0.26, 0.2, 0.16, 0.09, 0.07, 0.08, 0.05, 0.05, 0.04])
_IRIS = ((78, 52, 38), (104, 68, 40), (92, 110, 62), (70, 120, 160), (96, 128, 140))
_IRIS_ODDS = np.array([0.4, 0.24, 0.12, 0.14, 0.1])
_FRAME = ((40, 40, 48), (120, 50, 44), (52, 74, 110), (150, 116, 60))
_CLOTH = (
    (74, 111, 165), (192, 87, 80), (92, 148, 110), (222, 171, 86), (128, 98, 158), (86, 94, 108),
    (214, 126, 148), (70, 140, 148), (236, 236, 230),
)  # fmt: skip

# hairline, fringe, parting (up to), volume, hair_end, and the odds of the style
_STYLES = np.array(
    [
        (-0.54, 1.1, 0.10, 0.06, 0.14, 0.24),  # short
        (-0.58, 0.9, 0.35, 0.08, 0.16, 0.16),  # side parting
        (-0.60, 1.4, 0.05, 0.02, 0.12, 0.12),  # cropped
        (-0.56, 1.5, 0.28, 0.10, 1.50, 0.18),  # long
        (-0.47, 0.8, 0.06, 0.11, 0.66, 0.12),  # bob with a fringe
        (-0.54, 1.0, 0.04, 0.15, 0.42, 0.10),  # full and round
        (-9.0, 0.0, 0.0, 0.0, 0.10, 0.08),  # bald
    ]
)


def sample_people(n: int, rng: np.random.Generator) -> People:
    """Draw `n` people independently."""

    def spread(low: float, high: float) -> Array:
        """Draw between low and high, the middle more often (the mean of two uniform draws)."""
        draws = rng.random((2, n)).mean(axis=0)
        return np.asarray(low + (high - low) * draws, np.float32)

    tone = rng.random(n)
    skin = _tint(_between(_SKIN, tone), rng, 0.02)
    colour = rng.choice(len(_HAIR), n, p=_HAIR_ODDS)
    colour = np.where((tone > 0.6) & (colour < 7), np.minimum(colour, 1), colour)
    eyes = rng.choice(len(_IRIS), n, p=_IRIS_ODDS)
    eyes = np.where(tone > 0.6, np.minimum(eyes, 1), eyes)
    style = _STYLES[rng.choice(len(_STYLES), n, p=_STYLES[:, 5])].astype(np.float32)
    short = style[:, 4] < 0.2
    rose = np.where(tone[:, None] > 0.55, (0.60, 0.25, 0.27), (0.80, 0.36, 0.38))
    head_h = spread(0.76, 0.84)
    return People(
        head_w=spread(0.62, 0.72),
        head_h=head_h,
        taper=spread(0.08, 0.34),
        skin=skin,
        hair=_tint(np.array(_HAIR)[colour] / 255, rng, 0.02),
        hairline=style[:, 0] + spread(-0.04, 0.04),
        fringe=style[:, 1],
        parting=style[:, 2] * np.asarray(rng.choice([-1, 1], n), np.float32),
        volume=style[:, 3] + spread(-0.015, 0.03),
        hair_end=style[:, 4],
        brow_thick=spread(0.022, 0.046),
        brow_y=spread(-0.385, -0.325),
        brow_slant=spread(-0.025, 0.025),
        brow_arch=spread(0.015, 0.06),
        eye_x=spread(0.275, 0.345),
        eye_w=spread(0.145, 0.185),
        eye_h=spread(0.140, 0.185),
        iris=np.asarray(np.array(_IRIS)[eyes] / 255, np.float32),
        nose_w=spread(0.08, 0.13),
        nose_y=spread(0.16, 0.22),
        mouth_w=spread(0.21, 0.28),
        mouth_y=spread(0.43, 0.48),
        lip=np.asarray(0.45 * skin + 0.55 * rose, np.float32),
        lip_thick=spread(0.032, 0.066),
        teeth=np.clip(spread(-0.2, 1.3), 0, 1),
        rest_corner=spread(-0.022, 0.026),
        blush=spread(0.05, 0.22),
        beard=np.asarray(np.where(short & (rng.random(n) < 0.24), 0.85, 0), np.float32),
        glasses=np.asarray(rng.random(n) < 0.16, np.float32),
        frame=_pick(_FRAME, n, rng),
        cloth=_pick(_CLOTH, n, rng),
    )


def _between(stops: tuple[tuple[int, int, int], ...], at: np.ndarray) -> np.ndarray:
    """Return the colours at `at` (0 to 1) along evenly spaced stops."""
    grid = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(at, grid, channel) for channel in np.array(stops).T], 1) / 255


def _tint(colour: np.ndarray, rng: np.random.Generator, amount: float) -> Array:
    shifted = colour + amount * (2 * rng.random(colour.shape) - 1)
    return np.asarray(np.clip(shifted, 0, 1), np.float32)


def _pick(colours: tuple[tuple[int, int, int], ...], n: int, rng: np.random.Generator) -> Array:
    return np.asarray(np.array(colours)[rng.integers(len(colours), size=n)] / 255, np.float32)
