"""One finished run on phantoms cut short, for all tests of this folder."""

import pytest
import torch

from fer_core import job as run
from fer_core.training import loop
from tests.predict.small_run import STUDY, Spy, shorten


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """The folder in which phantoms are rendered, and the run is made, once."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def homes(kept, monkeypatch):
    """FER_DATA and FER_RESULTS for a test of this folder."""
    settle(kept, monkeypatch)
    return kept


@pytest.fixture
def few(monkeypatch):
    cut_short(monkeypatch)


@pytest.fixture
def finished(finished_once, homes, few):
    """A finished run and its job."""
    return finished_once


@pytest.fixture(scope="session")
def finished_once(kept):
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        settle(kept, patch)
        cut_short(patch)
        job = shorten(run.prepare(STUDY, "small", "phantom-lab", 0, device="cpu", threads=1))
        spy = Spy(job.train.store)
        images = run.image_set(job.train)
        seen = loop.ImageSet(spy, images.labels, images.split)
        with pytest.MonkeyPatch.context() as spied:
            spied.setattr(run, "image_set", lambda _: seen)
            job.fit()
        job.predict()
        job.explain()
        return job, job.finish(), spy


def settle(folder, patch):
    patch.setenv("FER_DATA", str(folder / "data"))
    patch.setenv("FER_RESULTS", str(folder / "results"))


def cut_short(patch):
    rows_of = run.test_rows
    patch.setattr(run, "test_rows", lambda dataset: rows_of(dataset)[:60])
