"""What is said of a search: a better recipe only where validation images decide it."""

import pandas as pd
import pytest

from fer_core.analysis.searches import searched
from fer_core.book.prose.searches import (
    about_searches,
    about_states,
    found_better,
    leads,
    shown_by_hand,
    shown_trials,
    what_matters,
)
from fer_core.book.prose.titles import Titles
from fer_core.study import ModelSpec, Study
from fer_core.trials import COMPLETE, FAILED, PRUNED, Trial
from tests.recipes import changed
from tests.searches import a_record, by_rate, go_on, leave

TITLES = Titles(
    Study(
        name="demo", title="D", train=["phantom-lab"], test=["phantom-lab"],
        models={"net": ModelSpec(backbone="test_resnet", title="A [net]")},
    )
)  # fmt: skip


@pytest.fixture
def of(tmp_path, monkeypatch):
    """A search whose trials, the recipe in use first, answer so many of 70 images right."""
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))

    def made(*right, ends=()):
        record = a_record(base=changed(a_record().recipe, selection={"measure": "accuracy"}))
        values = go_on(record, [], 2, by_rate)[1].values | {"optimizer.lr": 0.02}
        trials = [Trial(n, COMPLETE, values, (hits / 70,), 60) for n, hits in enumerate(right)]
        trials += [Trial(len(right) + n, *end, 60) for n, end in enumerate(ends)]
        trials = [trial._replace(values=values) for trial in trials]
        leave(record, trials, lambda trial: right[trial.number])
        return searched("demo", "lucky")

    return made


def test_a_gain_that_the_images_decide_is_told_with_its_interval(of):
    found = of(35, 42, 63, 62)
    text = about_searches([found], TITLES)
    assert text.startswith("A \\[net\\] on ")
    assert "trial 2 of 3 trials is best (optimizer.lr 0.02, " in text
    assert "accuracy 0.900 [0." in text
    assert "70 validation images. That is better than the recipe in use by 0.400 [0." in text
    assert "Of 3 other complete trials, the recipe in use counted as one, 1 are not told" in text
    assert text.endswith("No image of a test split was trained on, validated with or predicted.")
    assert found_better([found]) == "A trial beats the recipe in use"


def test_a_gain_within_the_interval_is_not_called_one(of):
    found = of(60, 61, 20)
    text = about_searches([found], TITLES)
    assert "these images do not tell the best settings from the recipe in use. Trial 1" in text
    assert "That is better" not in text
    assert "Of 2 other complete trials, the recipe in use counted as one, 1 are not told" in text
    assert found_better([found]) == "No trial beats the recipe in use"


def test_the_recipe_in_use_may_be_the_best(of):
    found = of(60, 50)
    text = about_searches([found], TITLES)
    assert "none of 1 trials is better than the recipe in use, accuracy 0.857 [" in text
    assert found_better([found, of(10, 60)]) == "In 1 of 2 searches a trial beats the recipe in use"


def test_a_caption_says_how_trials_ended(of):
    found = of(60, 50, ends=[(PRUNED, {}, (0.1,)), (FAILED, {}, ())])
    assert about_states(found) == (
        "2 trials are complete, 1 given up below the median, 1 failed; all trained on 140 images "
        "for 3 epochs at most, 4 minutes together."
    )
    shown = shown_trials(found)
    assert shown["trial"].tolist() == ["in use", "1", "2", "3"]
    assert shown["state"].tolist() == ["complete", "complete", "given up", "failed"]
    assert shown["accuracy [95 %]"].tolist()[2:] == ["0.100", "–"]
    assert shown["below the best [95 %]"].iloc[1].startswith("0.143 [0.")


def importance(*rows):
    return pd.DataFrame(rows, columns=["setting", "importance", "least", "largest"])


def test_a_setting_leads_only_where_it_does_whichever_trial_is_left_out():
    sure = importance(("a", 0.7, 0.5, 0.8), ("b", 0.2, 0.1, 0.3), ("c", 0.1, 0.0, 0.4))
    unsure = importance(("a", 0.7, 0.35, 0.8), ("b", 0.2, 0.1, 0.3), ("c", 0.1, 0.0, 0.4))
    assert leads(sure)
    assert not leads(unsure)
    assert what_matters([sure]) == "a matters most"
    assert what_matters([unsure]) == "Which setting matters most is not decided"
    assert what_matters([importance()]) == "Which setting matters most is not decided"
    assert what_matters([sure, unsure]) == "In 1 of 2 searches one setting matters most"


def test_what_was_tried_by_hand_has_numbers_where_it_has_scores():
    table = pd.DataFrame({"images": ["0", "60"], "val_accuracy": ["0.5", "0.25"]})
    assert shown_by_hand(table).to_dict("list") == {
        "images": ["all", "60"],
        "accuracy": [0.5, 0.25],
    }
    assert shown_by_hand(pd.DataFrame()).empty
