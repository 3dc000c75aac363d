"""The kind of a test: what its photographs have to do with those of the training set."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import kind_of, kind_of_pair, kinds_in, shared_shares
from fer_core.analysis.outcomes import Outcome

TABLE = pd.DataFrame(
    {
        "dataset_a": ["fer2013", "fer2013"],
        "dataset_b": ["ferplus", "nhfi"],
        "images_a": [100, 100],
        "images_b": [80, 10],
        "copies_a": [80, 4],
        "copies_b": [80, 5],
    }
)


def test_shares_are_of_the_test_set_in_either_direction():
    assert shared_shares(TABLE) == {
        ("fer2013", "ferplus"): 1.0,
        ("ferplus", "fer2013"): 0.8,
        ("fer2013", "nhfi"): 0.5,
        ("nhfi", "fer2013"): 0.04,
    }


@pytest.mark.parametrize(
    ("train", "test", "whole", "kind"),
    [
        ("ferplus", "ferplus", False, "in-domain"),
        ("fer2013", "ferplus", True, "same photographs"),
        ("fer2013", "ferplus", False, "same photographs"),
        ("fer2013", "nhfi", True, "same photographs"),
        ("nhfi", "fer2013", True, "other photographs"),
        ("nhfi", "fer2013", False, "fewer emotions"),
        ("nhfi", "ferplus", True, "not audited"),
    ],
)
def test_the_kind_follows_from_shared_photographs_and_then_from_emotions(train, test, whole, kind):
    assert kind_of_pair(train, test, whole, shared_shares(TABLE)) == kind


def test_emotions_are_counted_in_the_truth_and_not_in_the_answers():
    confusion = np.full((7, 7), 2)
    confusion[4:] = 0
    key = Key("m", "a", "b")
    outcome = Outcome(key, (0,), confusion[None], lambda: confusion[None, None])
    assert kind_of(outcome, {("a", "b"): 0.0}) == "fewer emotions"


def test_kinds_come_in_the_order_of_the_tables():
    assert kinds_in(["fewer emotions", "in-domain", "in-domain", float("nan")]) == [
        "in-domain",
        "fewer emotions",
    ]
