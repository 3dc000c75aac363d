"""Cameras: how each phantom data set looks at its people, and what its pictures suffer."""

import numpy as np

from fer_core.data.phantom.faces import Array, Scene

_LAB = ((176, 190, 204), (188, 200, 190), (206, 196, 184), (196, 188, 206))
_OUTSIDE = (
    (122, 152, 186), (96, 132, 104), (176, 150, 122), (92, 96, 112), (204, 186, 150),
    (150, 104, 96), (60, 66, 84), (214, 214, 210), (120, 116, 150),
)  # fmt: skip
_BOARDS = (
    (198, 62, 58), (54, 92, 148), (60, 120, 86), (226, 178, 72), (70, 66, 76), (228, 224, 214),
)  # fmt: skip


def lab_scene(n: int, rng: np.random.Generator) -> Scene:
    """Draw scenes: frontal, centred, even light, plain backdrop."""
    return _scene(n, rng, turn=0.0, roll=0.0, zoom=0.02, shift=0.015, light=0.05, hidden=0.0,
                  backdrops=_LAB)  # fmt: skip


def street_scene(n: int, rng: np.random.Generator) -> Scene:
    """Draw scenes: turned and tilted heads, light from a side, things in front of the face."""
    return _scene(n, rng, turn=0.28, roll=0.16, zoom=0.10, shift=0.07, light=0.30, hidden=0.22,
                  backdrops=_OUTSIDE)  # fmt: skip


def web_scene(n: int, rng: np.random.Generator) -> Scene:
    """Draw loose crops: smaller turns than in the street, few things in front of the face."""
    return _scene(n, rng, turn=0.18, roll=0.10, zoom=0.10, shift=0.06, light=0.28, hidden=0.08,
                  backdrops=_OUTSIDE)  # fmt: skip


def _scene(n: int, rng: np.random.Generator, *, turn: float, roll: float, zoom: float,
           shift: float, light: float, hidden: float,
           backdrops: tuple[tuple[int, int, int], ...]) -> Scene:  # fmt: skip
    def normal(deviation: float) -> Array:
        return np.asarray(deviation * np.clip(rng.standard_normal(n), -2.2, 2.2), np.float32)

    def uniform(low: float, high: float) -> Array:
        return np.asarray(low + (high - low) * rng.random(n), np.float32)

    angle = 2 * np.pi * rng.random(n)
    low = rng.random(n) < 0.5  # half of the boards hide the mouth, half one side of the face
    side = np.asarray(rng.choice([-1.0, 1.0], n), np.float32)
    return Scene(
        yaw=normal(turn),
        roll=normal(roll),
        scale=0.97 * (1 + normal(zoom)),
        shift_x=normal(shift),
        shift_y=-0.01 + normal(shift),
        light=uniform(0.2, 1.0) * np.float32(light),
        light_x=np.cos(angle).astype(np.float32),
        light_y=np.sin(angle).astype(np.float32),
        backdrop=_pick(backdrops, n, rng),
        occluded=np.asarray(rng.random(n) < hidden, np.float32),
        cover_x=np.where(low, uniform(-0.2, 0.2), side * uniform(0.5, 0.72)).astype(np.float32),
        cover_y=np.where(low, uniform(0.86, 1.0), uniform(-0.2, 0.4)).astype(np.float32),
        cover_w=np.where(low, uniform(0.5, 0.9), uniform(0.2, 0.36)).astype(np.float32),
        cover_h=np.where(low, uniform(0.3, 0.42), uniform(0.4, 0.7)).astype(np.float32),
        cover_slant=normal(0.14),
        cover=_pick(_BOARDS, n, rng),
    )


def _pick(colours: tuple[tuple[int, int, int], ...], n: int, rng: np.random.Generator) -> Array:
    return np.asarray(np.array(colours)[rng.integers(len(colours), size=n)] / 255, np.float32)
