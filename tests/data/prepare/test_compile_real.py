"""Real faces: muxspace and London as one set keep their rows, pixels, people and permission."""

import numpy as np
import pytest

from fer_core.data.prepare.add import add_dataset
from fer_core.data.prepare.compile import compile_datasets
from fer_core.data.splits import COMPILED_FRACTIONS


@pytest.fixture(scope="module")
def mixed(real_data, tmp_path_factory):
    """London, muxspace and the set compiled of both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_DATA", str(tmp_path_factory.mktemp("real")))
        sources = [
            add_dataset(name, real_data / f"{name}.zip", progress=False)
            for name in ("london", "muxspace")
        ]
        return (*sources, compile_datasets("mix", ["muxspace", "london"], progress=False))


def test_rows_and_pixels_are_those_of_the_sources(mixed):
    london, muxspace, mix = mixed
    assert len(mix.index) == 204 + 3739
    assert mix.index["emotion"].tolist() == [*london.index["emotion"], *muxspace.index["emotion"]]
    assert mix.store.channels == 3
    assert np.array_equal(mix.store.pixels[:204], london.store.pixels)
    assert np.array_equal(mix.store.pixels[204:], np.repeat(muxspace.store.pixels, 3, axis=3))


def test_nobody_is_in_two_splits_and_every_emotion_of_each_source_is_shared_out(mixed):
    index = mixed[2].index
    assert (index.groupby("person")["split"].nunique() == 1).all()
    used = index[index["excluded"] == ""]
    for _, part in used.groupby(["source", "emotion"]):
        for name, fraction in COMPILED_FRACTIONS.items():
            # people come whole: London's are pairs, so that a share is off by an image or so
            assert abs((part["split"] == name).sum() - fraction * len(part)) < 2


def test_it_may_be_shown_only_if_both_may(mixed):
    london, muxspace, mix = mixed
    assert london.card.publishable
    assert not mix.card.publishable
    assert muxspace.card.licence in mix.card.licence
    assert london.card.citation in mix.card.citation
