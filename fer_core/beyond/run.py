"""One training of the comparison, from features to the answers that are kept; and the choice of a
method's own setting on validation images of the sources."""

import time

import numpy as np
import torch

from fer_core import __version__, paths
from fer_core.beyond.adapt import em_prior, with_norms_of
from fer_core.beyond.fit import Kept, Net, Pseudo, fit, prior_of, probabilities
from fer_core.beyond.losses import Coral, Erm, GroupDro, Transition
from fer_core.beyond.methods import ERM, METHODS
from fer_core.beyond.prepared import Combination, Prepared
from fer_core.beyond.record import (
    NAME,
    Search,
    Settings,
    Training,
    json_path,
    read_made,
    search_path,
    write_answers,
)
from fer_core.beyond.tail import K, Mask, Probe, Tail
from fer_core.csv_files import write_csv
from fer_core.data.copies.shared import shared_table
from fer_core.data.dataset import Dataset
from fer_core.files import write_json
from fer_core.persons import write_persons
from fer_core.training.provenance import versions
from fer_core.training.seeds import INIT, derive

Answers = dict[str, np.ndarray]  # by test set, (n,) positions in the canonical order


class Timed:
    """The answers of the methods of one training, with what each took by itself."""

    def __init__(self) -> None:
        self.answers: dict[str, Answers] = {}
        self.chosen: dict[str, dict[str, float]] = {}
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def add(self, method: str, kept: Kept, answers: Answers) -> None:
        """Keep the answers of a method and the processor's seconds since the last one."""
        now = time.process_time()
        self.answers[method] = answers
        self.chosen[method] = {"epoch": kept.epoch, "macro_f1": kept.macro_f1}
        self.seconds[method] = round(now - self._last, 2)
        self._last = now


def leave_facts(sets: dict[str, Dataset]) -> None:
    """Write what the sets share, by which a test is of other photographs or not, and who is on the
    test images, by which these are drawn."""
    data = paths.results_dir() / NAME / "data"
    write_csv(shared_table(list(sets.values())), data / "shared.csv")
    for name, dataset in sets.items():
        write_persons(NAME, name, dataset.index)


def train(
    combination: Combination, settings: Settings, training: str, seed: int, value: float | None
) -> Timed:
    """Train one net, or with ERM that and its student, and let the methods of this training answer
    all tests. Its bits depend on the arguments and the number of threads."""
    done = Timed()
    kept, averaged = _fit(combination, settings, training, seed, value)
    given = {test: probabilities(kept.net, images) for test, images in combination.tests.items()}
    done.add(training, kept, {test: p.argmax(dim=1).numpy() for test, p in given.items()})
    if training != ERM:
        return done
    done.add("average", averaged, _answers(averaged.net, combination))
    tests = combination.tests
    norms = {test: with_norms_of(kept.net, images) for test, images in tests.items()}
    done.add("norms", kept, {test: _answer(net, combination, test) for test, net in norms.items()})
    prior = prior_of(combination.sources)
    shifted = {test: em_prior(p.double().numpy(), prior)[0] for test, p in given.items()}
    done.add("prior", kept, {test: p.argmax(axis=1) for test, p in shifted.items()})
    targets = probabilities(kept.net, combination.unlabelled)
    pseudo = Pseudo(combination.unlabelled, targets)
    student, _ = _fit(combination, settings, ERM, seed, value, pseudo)
    done.add("student", student, _answers(student.net, combination))
    return done


def _fit(
    combination: Combination,
    settings: Settings,
    training: str,
    seed: int,
    value: float | None,
    pseudo: Pseudo | None = None,
) -> tuple[Kept, Kept]:
    sources = combination.sources
    torch.manual_seed(derive(seed, INIT))
    net, objective = _net(training, combination, settings), Erm(settings.smoothing)
    if training == "coral":
        objective = Coral(settings.smoothing, value or 0.0)
    if training == "groupdro":
        objective = GroupDro(settings.smoothing, value or 0.0, len(sources))
    if training == "transition":
        objective = Transition(settings.smoothing, K, len(sources))
    return fit(net, objective, sources, combination.validation, settings, seed, pseudo)


def _net(training: str, combination: Combination, settings: Settings) -> Net:
    maps, pooled = combination.validation.maps, combination.validation.pooled
    if training == "probe":
        return Probe(pooled.shape[1])
    if training == "mask":
        return Mask(pooled.shape[1], maps.shape[1:], settings)
    return Tail(maps.shape[1:], settings)


def _answer(net: Net, combination: Combination, test: str) -> np.ndarray:
    return probabilities(net, combination.tests[test]).argmax(dim=1).numpy()


def _answers(net: Net, combination: Combination) -> Answers:
    return {test: _answer(net, combination, test) for test in combination.tests}


def choose(prepared: Prepared, held_out: str, method: str) -> Search:
    """Return which value of a method's own setting has the best macro-F1 on the validation images
    of the sources, with the first seed; the smaller one on a tie. It is kept, and made once."""
    asked = {"held_out": held_out, "method": method, **prepared.made_of(held_out)}
    path = search_path(held_out, method)
    if path.is_file() and (known := read_made(path, Search)).same(asked):
        return known
    combination, seed = prepared.combination(held_out), prepared.settings.seeds[0]
    tried = {}
    for value in METHODS[method].values:
        kept, _ = _fit(combination, prepared.settings, method, seed, value)
        tried[value] = kept.macro_f1
    best = max(tried, key=lambda value: (tried[value], -value))
    search = Search(**asked, tried=tried, value=best)
    write_json(path, search.model_dump(mode="json"))
    return search


def run_training(prepared: Prepared, held_out: str, training: str, seed: int) -> Training:
    """Return a training whose answers are kept; it is made unless the same one is there."""
    searched = bool(METHODS[training].values)
    value = choose(prepared, held_out, training).value if searched else None
    asked = {"held_out": held_out, "training": training, "seed": seed, "value": value}
    asked |= prepared.made_of(held_out)
    path = json_path(held_out, training, seed)
    if path.is_file() and (known := read_made(path, Training)).same(asked):
        return known
    path.unlink(missing_ok=True)
    done = train(prepared.combination(held_out), prepared.settings, training, seed, value)
    columns = {
        method: np.concatenate([*answers.values()]) for method, answers in done.answers.items()
    }
    record = Training(
        **asked,
        rows=prepared.counts(held_out),
        chosen=done.chosen,
        seconds=done.seconds,
        sha256=write_answers(path.with_suffix(".parquet"), prepared.images(held_out), columns),
        package=__version__,
        versions=versions(),
        threads=torch.get_num_threads(),
    )
    write_json(path, record.model_dump(mode="json"))
    return record
