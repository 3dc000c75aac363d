"""What a study needs before its runs can start: prepared data sets and files of weights."""

from typing import Any, NamedTuple

from fer_core.data.dataset import FORMAT, Dataset, dataset_dir, open_dataset, read_facts
from fer_core.data.enlarging import larger_store
from fer_core.data.framing import enlarged
from fer_core.data.index import SPLITS
from fer_core.data.load import load_dataset
from fer_core.data.official import total
from fer_core.data.own import FOLDER
from fer_core.data.registry import get_entry, list_datasets
from fer_core.errors import FerError
from fer_core.runs import run_status
from fer_core.study import Study

READY, MISSING, SMALL, UNUSABLE = "ready", "not prepared", "stored too small", "unusable"


class Images(NamedTuple):
    """How many images a data set has to train on, to validate on and to test on; a set without a
    validation part of its own has one made of its training part, and `validation` is 0."""

    train: int
    validation: int
    test: int


class Set(NamedTuple):
    """A data set of a study: its state, its images (None where not known), and what to do."""

    dataset: str
    state: str
    images: Images | None
    way: str


def sets_of(study: Study) -> list[Set]:
    """Return every data set that a planned run needs, and the sources of compiled ones that are
    not made yet. Nothing is rendered or prepared."""
    found = {name: _state(study, name, _side(study, name)) for name in study.datasets()}
    for name, sources in study.compiled.items():
        if found[name].state == MISSING:
            side = _side(study, name)
            found = {source: _state(study, source, side) for source in sources} | found
    return list(found.values())


def files_of(study: Study) -> dict[str, dict[str, str]]:
    """Return by model the files of weights that are not here, each with where to get it."""
    named = {name: spec for name, spec in study.models.items() if spec.weights != "none"}
    if not named:
        return {}
    from fer_core.models.weights.wanted import missing_weights  # late: it takes torch

    found = {name: missing_weights(spec) for name, spec in named.items()}
    return {name: files for name, files in found.items() if files}


def count_runs(study: Study, sets: list[Set], lacking: dict[str, dict[str, str]]) -> dict[str, int]:
    """Return how many runs a study plans, how many of them are done, and how many of the others
    can start now."""
    state = {one.dataset: one.state for one in sets}
    runs = run_status(study)
    left = [run for run in runs if run.state != "done"]
    able = [
        run
        for run in left
        if run.model not in lacking
        and all(state[name] == READY for name in {run.train, *study.test})
    ]
    return {"planned": len(runs), "done": len(runs) - len(left), "can_start": len(able)}


def _side(study: Study, name: str) -> int:
    """Return the largest input of the nets that see a data set, pixels."""
    seen = [
        spec.input_size
        for spec in study.models.values()
        if name in study.test or name in (spec.train or study.train)
    ]
    return max(seen, default=0)  # raters need no size


def _state(study: Study, name: str, side: int) -> Set:
    facts = read_facts(dataset_dir(name))
    if name in list_datasets() and get_entry(name).generate is not None:
        return Set(name, READY, _rendered(name, facts), "")
    if facts is None:
        return _not_prepared(study, name, side)
    try:
        dataset = load_dataset(name)
    except FerError as error:
        return Set(name, UNUSABLE, None, str(error))
    if name not in study.upsample and enlarged(dataset.framing, side) == "source larger":
        way = f"`{larger_store(name, dataset.framing, side)}`, or upsample: [{name}] in the study"
        return Set(name, SMALL, images_of(dataset), way)
    return Set(name, READY, images_of(dataset), "")


def _not_prepared(study: Study, name: str, side: int) -> Set:
    if name in study.compiled:
        of = " ".join(f"--of {source}" for source in study.compiled[name])
        return Set(name, MISSING, None, f"`fer data compile {name} {of}`")
    if name not in list_datasets() or name == FOLDER:
        way = f"`fer data add READER PATH --as {name}`; no reader is called {name}"
        return Set(name, MISSING, None, way)
    entry = get_entry(name)
    card = entry.card
    # an aligned set is stored as it is distributed; others are cut from larger pictures
    larger = card.faces != "aligned" and side > card.store_size
    command = f"fer data add {name} PATH" + (f" --size {side}" if larger else "")
    counts = entry.official.counts if entry.official else {}
    images = Images(*(total(counts[part]) if part in counts else 0 for part in SPLITS))
    return Set(name, MISSING, images if images.train else None, f"`{command}`; {card.obtain}")


def _rendered(name: str, facts: dict[str, Any] | None) -> Images:
    """Return the images of a generated set; before it is rendered, all that it will have."""
    if facts is not None and facts.get("format") == FORMAT:
        return images_of(open_dataset(dataset_dir(name)))
    return Images((get_entry(name).card.generated or {})["n"], 0, 0)


def images_of(dataset: Dataset) -> Images:
    """Return how many images of a prepared data set are used in each of its parts."""
    used = dataset.index["split"][dataset.index["excluded"] == ""]
    return Images(*(int((used == part).sum()) for part in SPLITS))
