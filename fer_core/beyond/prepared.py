"""What trainings share: the frozen net's features of the images of every set, as tensors."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch

from fer_core.beyond.features import features, frozen_model
from fer_core.beyond.fit import AT_ONCE, Images, joined
from fer_core.beyond.record import IMAGE, Settings
from fer_core.beyond.sets import Source, load_sets, source_of
from fer_core.data.dataset import Dataset
from fer_core.data.select import test_rows
from fer_core.emotions import EMOTION_INDEX
from fer_core.models import Model

PLACES = 4000


@dataclass(frozen=True)
class Combination:
    """All sources but one, with labels and without; and what nets that learn from them are tested
    on."""

    held_out: str
    sources: list[Images]
    validation: Images
    unlabelled: Images
    tests: dict[str, Images]


@dataclass
class Prepared:
    """The net, the sets and their rows; features are worked out when first asked for."""

    settings: Settings
    model: Model
    sets: dict[str, Dataset]
    sources: dict[str, Source]
    _kept: dict[str, Combination] = field(default_factory=dict)

    def combination(self, held_out: str) -> Combination:
        """Return what is learned from and tested where one source is left out."""
        if held_out not in self._kept:
            mine = [self.sources[name] for name in self.settings.trained_on(held_out)]
            tests = self.settings.tests(held_out)
            learned = [self._twice(source) for source in mine]
            basis = principal(
                torch.cat([images.maps for images in learned]), self.settings.channels
            )
            self._kept[held_out] = Combination(
                held_out,
                [_within(basis, images) for images in learned],
                joined([self._images(s.dataset, s.validation, basis) for s in mine]),
                joined([self._images(s.dataset, s.unlabelled, basis) for s in mine]),
                {test: self._images(self.sets[test], None, basis) for test in tests},
            )
        return self._kept[held_out]

    def made_of(self, held_out: str) -> dict[str, Any]:
        """Return what decides the bits of every training of a combination."""
        names = (*self.settings.trained_on(held_out), *self.settings.tests(held_out))
        sets = {name: self.sets[name].fingerprint for name in names}
        weights = self.model.provenance["sha256"]
        return {"settings": self.settings, "sets": sets, "weights": weights}

    def counts(self, held_out: str) -> dict[str, dict[str, int]]:
        """Return how many images of each source are shown, by what for."""
        return {
            name: {
                part: len(getattr(self.sources[name], part))
                for part in ("train", "validation", "unlabelled")
            }
            for name in self.settings.trained_on(held_out)
        }

    def images(self, held_out: str) -> pd.DataFrame:
        """Return the test images of a combination, one row each: the columns IMAGE."""
        parts = []
        for test in self.settings.tests(held_out):
            index = self.sets[test].index.iloc[test_rows(self.sets[test])]
            parts.append(index.assign(test=test)[list(IMAGE)])
        return pd.concat(parts, ignore_index=True)

    def _twice(self, source: Source) -> Images:
        """Return the training images as they are, and then once more mirrored."""
        looks = (False, True)
        return joined([self._whole(source.dataset, source.train, look) for look in looks])

    def _images(self, dataset: Dataset, rows: np.ndarray | None, basis: torch.Tensor) -> Images:
        """Return some rows, by default the test part."""
        rows = test_rows(dataset) if rows is None else rows
        return _within(basis, self._whole(dataset, rows))

    def _whole(self, dataset: Dataset, rows: np.ndarray, mirrored: bool = False) -> Images:
        maps, pooled = features(self.model, dataset, rows, mirrored)
        labels = dataset.index["emotion"].iloc[rows].map(EMOTION_INDEX).to_numpy(np.int64)
        places = torch.from_numpy(maps).flatten(2).transpose(1, 2).contiguous()
        return Images(places, torch.from_numpy(pooled), torch.tensor(labels))


def principal(maps: torch.Tensor, channels: int) -> torch.Tensor:
    """Return the directions (C, channels) in which maps (n, P, C) vary most, from some 4,000 of
    their places: the nets that learn from so few of them are small."""
    places = maps.flatten(0, 1)
    some = places[:: max(1, len(places) // PLACES)].float()
    return torch.linalg.eigh(some.T.cov()).eigenvectors[:, -channels:].contiguous()


def _within(basis: torch.Tensor, images: Images) -> Images:
    parts = [part.float() @ basis for part in images.maps.split(AT_ONCE)]
    return images._replace(maps=torch.cat(parts))


def prepare(settings: Settings) -> Prepared:
    """Load the net and the sets; FerError says which file or set is missing and where it is had."""
    sets = load_sets(settings)
    model = frozen_model(settings)
    sources = {name: source_of(name, sets, settings) for name in settings.sources}
    return Prepared(settings, model, sets, sources)
