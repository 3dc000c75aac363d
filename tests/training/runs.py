"""Whole runs on folders of a few faces."""

from fer_core import job as run
from fer_core.study import Study
from tests.data.made import png

WORDS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise", "contempt")


def faces(words: tuple[str, ...], first: int) -> dict[str, bytes]:
    """A training, a validation and a test image of each word, other for every `first`."""
    return {
        f"{split}/{word}/{number:02d}.png": png(first + 100 * place + 10 * at + number, 24)
        for place, word in enumerate(words)
        for at, (split, n) in enumerate((("train", 4), ("val", 2), ("test", 2)))
        for number in range(n)
    }


def finish(of: Study, train: str, model: str = "small"):
    job = run.prepare(of, model, train, 0, device="cpu", threads=1, say=lambda line: None)
    job.fit()
    job.predict()
    job.explain()
    return job, job.finish()
