"""One finished run on phantoms cut short, for all tests of this folder."""

import pytest
import torch

from fer_core import job as run
from fer_core.training import loop
from tests.predict.small_run import STUDY, Spy, shorten


@pytest.fixture(scope="package")
def homes(tmp_path_factory):
    """FER_DATA and FER_RESULTS for these tests, so that phantoms are rendered once."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_DATA", str(folder / "data"))
        patch.setenv("FER_RESULTS", str(folder / "results"))
        yield folder


@pytest.fixture(scope="package")
def few():
    with pytest.MonkeyPatch.context() as patch:
        rows_of = run.test_rows
        patch.setattr(run, "test_rows", lambda dataset: rows_of(dataset)[:60])
        yield


@pytest.fixture(scope="package")
def finished(homes, few):
    """A finished run and its job."""
    torch.set_num_threads(1)
    job = shorten(run.prepare(STUDY, "small", "phantom-lab", 0, device="cpu", threads=1))
    spy = Spy(job.train.store)
    images = run.image_set(job.train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "image_set", lambda _: loop.ImageSet(spy, images.labels, images.split))
        job.fit()
    job.predict()
    job.explain()
    return job, job.finish(), spy
