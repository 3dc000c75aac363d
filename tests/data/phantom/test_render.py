"""Rendering: the same bits for the same faces, and action units that move only their own region."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.data.phantom.anatomy import EMFACS, REGION_OF
from fer_core.data.phantom.camera import jpeg_blocks
from fer_core.data.phantom.cast import quotas
from fer_core.data.phantom.dataset import sample_faces
from fer_core.data.phantom.expressions import prototypes, sample_units
from fer_core.data.phantom.faces import ACTION_UNITS, AU_COLUMN, Faces
from fer_core.data.phantom.people import sample_people
from fer_core.data.phantom.regions import REGIONS, moved_regions, region_boxes
from fer_core.data.phantom.render import render_faces
from fer_core.data.phantom.scenes import lab_scene
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError

# What a unit may change, as shares of the picture's height: skin folds and brows move along.
BANDS = {
    1: (0.1, 0.45), 2: (0.1, 0.45), 4: (0.1, 0.45), 5: (0.3, 0.58), 7: (0.3, 0.58),
    6: (0.2, 0.75), 9: (0.15, 0.78),
    10: (0.5, 1.0), 12: (0.5, 1.0), 15: (0.55, 1.0), 16: (0.55, 1.0), 20: (0.55, 1.0),
    23: (0.55, 1.0), 26: (0.48, 1.0),
}  # fmt: skip
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)


def frontal(units: np.ndarray, seed: int) -> Faces:
    """One person of the lab, in one picture per row of `units`."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(len(units), int)
    person = Faces(sample_people(1, rng), units[:1], lab_scene(1, rng)).take(rows)
    return replace(person, units=np.asarray(units, np.float32))


@few
@given(seeds, st.sampled_from(ACTION_UNITS), st.floats(0.5, 1))
def test_an_action_unit_changes_only_its_part_of_the_face(seed, unit, amount):
    units = np.zeros((2, len(ACTION_UNITS)), np.float32)
    units[1, AU_COLUMN[unit]] = amount
    rest, moved = render_faces(frontal(units, seed), 64).astype(int)
    rows = np.flatnonzero(np.abs(rest - moved).max(axis=(1, 2)) > 0)
    top, bottom = BANDS[unit]
    assert rows.min() >= np.floor(top * 64)
    assert rows.max() <= np.ceil(bottom * 64)


@few
@given(seeds, st.sampled_from(ACTION_UNITS))
def test_an_action_unit_changes_its_own_region_most(seed, unit):
    units = np.zeros((2, len(ACTION_UNITS)), np.float32)
    units[1, AU_COLUMN[unit]] = 1
    faces = frontal(units, seed)
    rest, moved = render_faces(faces, 64).astype(float)
    change = np.abs(rest - moved).sum(axis=2)
    boxes = region_boxes(faces)

    def change_in(region: str) -> float:
        sides = [f"{region}_{side}" for side in ("x0", "y0", "x1", "y1")]
        x0, y0, x1, y1 = (round(64 * boxes[side][0]) for side in sides)
        return change[y0:y1, x0:x1].sum()

    assert change_in(REGION_OF[unit]) > 0
    if unit not in (6, 9):  # they also raise the cheeks, and pull at the eyes and the brows
        assert change_in(REGION_OF[unit]) == max(change_in(region) for region in REGIONS)


@few
@given(seeds, st.lists(st.floats(0, 1), min_size=14, max_size=14))
def test_the_corners_of_the_backdrop_never_depend_on_the_expression(seed, values):
    pair = render_faces(frontal(np.array([np.zeros(14), values]), seed), 48)
    assert np.array_equal(pair[0, :3, :3], pair[1, :3, :3])
    assert np.array_equal(pair[0, :3, -3:], pair[1, :3, -3:])


@few
@given(seeds, st.sampled_from(["phantom-lab", "phantom-street", "phantom-web"]), st.integers(8, 70))
def test_any_face_at_any_size_has_a_head_before_a_backdrop(seed, name, size):
    faces = sample_faces(name, 3, seed)
    with np.errstate(all="raise"):
        pictures = render_faces(faces, size)
    assert pictures.shape == (3, size, size, 3)
    assert pictures.dtype == np.uint8
    assert (pictures.reshape(3, -1).std(axis=1) > 3).all()


def test_the_bits_do_not_depend_on_threads_or_on_the_other_faces_of_the_batch():
    faces = sample_faces("phantom-street", 150)
    faces.scene.yaw[:5] = 0  # frontal faces among turned ones
    whole = render_faces(faces, 64, threads=1)
    assert np.array_equal(whole, render_faces(faces, 64, threads=3))
    order = np.random.default_rng(1).permutation(150)
    assert np.array_equal(whole[order], render_faces(faces.take(order), 64))
    for alone in (0, 100):
        assert np.array_equal(whole[[alone]], render_faces(faces.take([alone]), 64))


def test_edges_are_anti_aliased():
    face = render_faces(frontal(np.zeros((1, 14)), 3), 64)[0].astype(int)
    steps = np.abs(np.diff(face[32], axis=0)).sum(axis=1)
    outline = np.argmax(steps > 25)  # the first edge from the left: ear, hair or cheek
    assert (steps[outline : outline + 3] > 0).sum() >= 2


def test_each_emotion_has_its_emfacs_units_and_no_other():
    units = prototypes()
    for emotion, row in zip(EMOTIONS, units, strict=True):
        assert {ACTION_UNITS[column] for column in np.flatnonzero(row)} == set(EMFACS[emotion])
    assert EMFACS["happy"] == (6, 12)
    assert EMFACS["surprise"] == (1, 2, 5, 26)
    assert len({tuple(row) for row in units}) == len(EMOTIONS)


def test_weak_expressions_of_related_emotions_overlap():
    rng = np.random.default_rng(0)
    sad, neutral = (
        sample_units(np.full(2000, EMOTIONS.index(name)), (0.25, 1.0), rng).sum(axis=1)
        for name in ("sad", "neutral")
    )
    assert sad.min() < neutral.max() < np.median(sad)


@few
@given(seeds)
def test_the_region_boxes_lie_in_the_picture_one_below_the_other(seed):
    for name in ("phantom-lab", "phantom-street"):
        boxes = region_boxes(sample_faces(name, 20, seed))
        for region in REGIONS:
            for low, high in (("x0", "x1"), ("y0", "y1")):
                first, last = boxes[f"{region}_{low}"], boxes[f"{region}_{high}"]
                assert (first >= 0).all()
                assert (last <= 1).all()
                assert (first < last).all()
        middles = [boxes[f"{region}_y0"] + boxes[f"{region}_y1"] for region in REGIONS]
        assert (np.diff(middles, axis=0) > 0).all() or name != "phantom-lab"


def test_the_boxes_of_the_average_face_are_those_of_the_lab():
    boxes = region_boxes(sample_faces("phantom-lab", 500))
    assert moved_regions("neutral") == []
    assert [region.name for region in moved_regions("happy")] == ["eyes", "mouth"]
    for region in moved_regions("disgust") + moved_regions("fear"):
        for side in ("x0", "y0", "x1", "y1"):
            mean = float(boxes[f"{region.name}_{side}"].mean())
            assert getattr(region, side) == pytest.approx(mean, abs=0.02)
    with pytest.raises(FerError, match="did you mean happy"):
        moved_regions("hapy")


@given(st.integers(0, 3000), st.lists(st.integers(1, 9000), min_size=1, max_size=9))
def test_quotas_divide_everything_and_leave_nobody_out(n, shares):
    counts = quotas(n, tuple(shares))
    assert counts.sum() == n
    if n >= len(shares):
        assert counts.min() >= 1
    exact = n * np.array(shares) / sum(shares)
    if exact.min() >= 1:
        assert np.abs(counts - exact).max() <= 1


def test_jpeg_blocks_keep_a_flat_picture_and_coarsen_with_the_table():
    flat = np.full((1, 16, 16), 200, np.float32)
    assert np.abs(jpeg_blocks(flat, np.ones(1, np.float32)) - 200).max() < 1.1
    noise = np.random.default_rng(0).normal(128, 20, (1, 16, 16)).astype(np.float32)
    tables = [np.full(1, coarseness, np.float32) for coarseness in (0.01, 1, 3)]
    errors = [np.abs(jpeg_blocks(noise, table) - noise).mean() for table in tables]
    assert errors[0] < 0.5 < errors[0] + 0.5 < errors[1] < errors[2]
