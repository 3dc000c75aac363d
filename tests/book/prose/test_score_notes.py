"""The notes behind scores say of every test set what a score on it must be read with."""

import re
from html import unescape

import pytest
from sklearn.metrics import f1_score

from fer_core.analysis.kinds import FEWER, IN_DOMAIN, OTHER, kind_of
from fer_core.analysis.leaks import Leak, NotAudited
from fer_core.analysis.outcomes import outcomes
from fer_core.book.prose.score_notes import score_notes
from fer_core.book.prose.titles import Titles
from fer_core.persons import PERSON
from fer_core.study import Study
from tests.analysis.simulated import small_study

STUDY = Study(
    name="s",
    title="S",
    models={"big": {"backbone": "x"}},
    train=("alpha", "beta"),
    test=("alpha", "beta", "duo"),
)
SHARED = {(a, b): 0.0 for a in ("alpha", "beta") for b in ("alpha", "beta", "duo")}


@pytest.fixture(scope="module")
def table():
    table = small_study()
    numbers = table["sample_id"].str[1:].astype(int)
    return table.assign(**{PERSON: (numbers // 10).map("p{}".format)})


def notes(found, leaks=None, shared=SHARED) -> dict[str, str]:
    text = score_notes(found, shared, leaks if leaks is not None else {}, Titles(STUDY))
    assert "\n\n" not in text, "an empty line would end the block of HTML"
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text)
    assert len({name for name, _ in pairs}) == len(pairs)
    return {unescape(name): unescape(words) for name, words in pairs}


def test_a_test_set_has_its_images_persons_and_constant_answer(table) -> None:
    told = notes(outcomes(table, 10))
    for test in STUDY.test:
        truth = table[(table["test"] == test) & (table["model"] == "big")]
        truth = truth[truth["train"] == "alpha"]["emotion"]
        most = truth.mode()[0]
        f1 = f1_score(truth, [most] * len(truth), average="macro", labels=truth.unique())
        share = (truth == most).mean()
        assert told[test] == (
            f"{len(truth)} images of {len(truth) // 10} persons; the constant answer, {most}: "
            f"accuracy {share:.3f}, macro-F1 {f1:.3f}"
        )
        for emotion, count in truth.value_counts().items():
            assert told[f"{test}: {emotion}"] == f"{count} image" + "s" * (count > 1)
    assert "duo: sad" not in told


def test_a_kind_of_test_names_its_sets_and_what_leaks_into_them(table) -> None:
    found = outcomes(table, 10)
    told = notes(found, {("alpha", "beta"): Leak(200, 0, 5, 0)})
    assert told["alpha → beta"] == "† 5 with a near copy of 200 test images"
    assert told[f"alpha → {OTHER}"].startswith("beta (200 images of 20 persons); the constant ")
    assert told[f"alpha → {OTHER}"].endswith("; † beta: 5 with a near copy of 200 test images")
    assert told[f"beta → {OTHER}"].startswith("alpha (300 images")
    assert "†" not in told[f"beta → {OTHER}"]
    kinds = {f"{key.train} → {kind_of(outcome, SHARED)}" for key, outcome in found.items()}
    assert kinds <= set(told)
    assert kinds == {
        f"{a} → {kind}" for a in ("alpha", "beta") for kind in (IN_DOMAIN, OTHER, FEWER)
    }


def test_a_mean_over_several_sets_says_so(table) -> None:
    shared = SHARED | {("alpha", "duo"): 0.9, ("alpha", "beta"): 0.9}
    told = notes(outcomes(table, 10), shared=shared)
    assert told["alpha → same photographs"].startswith("the mean of 2: beta (200 images")


def test_a_kind_goes_by_its_name_where_there_is_one_training_set(table) -> None:
    several = notes(outcomes(table, 10))
    single = notes(outcomes(table[table["train"] == "alpha"], 10))
    assert IN_DOMAIN not in several
    assert single[IN_DOMAIN] == single[f"alpha → {IN_DOMAIN}"] == several[f"alpha → {IN_DOMAIN}"]


def test_only_where_no_audit_is_known_the_notes_say_what_that_means(table) -> None:
    found = outcomes(table, 10)
    assert "not audited" not in notes(found)
    assert "is not known" in notes(found, NotAudited("no facts"))["not audited"]


def test_a_title_with_markup_stays_text(table) -> None:
    evil = table.assign(test=table["test"].replace("duo", "<b>&duo"))
    text = score_notes(outcomes(evil, 10), {}, {}, Titles(STUDY))
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;duo" in text
