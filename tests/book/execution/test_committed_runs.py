"""What the committed pages of runs show is what their records say; committed raters are whole."""

import html
import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from fer_core.files import read_json
from fer_core.models.entries import entries
from fer_core.predictions import PROBABILITIES
from fer_core.raters import collect_raters, find_raters, rater_names
from fer_core.records import read_record
from fer_core.runs import collect

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "results").glob("*/*/*/seed*/train.ipynb"))
COMMITTED = [page for page in PAGES if page.relative_to(ROOT).parts[1] in ("open", "methods")]


def facts(page):
    """The table of what was trained on what, as {fact: value}."""
    for cell in nbformat.read(page, as_version=4).cells:
        if "job.describe" in cell.source:
            (output,) = cell.outputs
            found = re.findall(r"<th>(.*?)</th>\s*<td>(.*?)</td>", output.data["text/html"])
            return {html.unescape(name): html.unescape(value) for name, value in found}
    raise AssertionError(f"{page} does not say what was trained on what")


@pytest.mark.parametrize("page", COMMITTED, ids=lambda page: "/".join(page.parts[-5:-2]))
def test_a_committed_run_page_shows_its_record_whole(page):
    shown, record = facts(page), read_json(page.with_name("run.json"))
    rows, spec = record["rows"], record["spec"]
    assert [value for value in shown.values() if value.endswith("...")] == []
    switches = {name: value for name, value in shown.items() if name.startswith("switch")}
    options = record.get("options") or {}
    told = entries()[spec["backbone"]].tell(options) if options else {}
    assert switches == {f"switch {name}": text for name, text in told.items()}
    left_out = {name: value for name, value in shown.items() if name.startswith("left out, ")}
    assert left_out == {f"left out, {why}": f"{n:,} images" for why, n in rows["dropped"].items()}
    assert shown["backbone"] == spec["backbone"]
    assert shown["input"].startswith(f"{spec['input_size']} px")
    assert shown["parameters"] == f"{record['parameters']:,}"
    assert shown["training set"] == f"{record['train']}: {rows['train']:,} images"
    assert shown["validation part of it"] == f"{rows['validation']:,} images"
    assert shown["epochs"] == str(read_record(page.parent).recipe.epochs)
    assert shown["epoch kept"] == record["selection"]["rule"]


def test_runs_are_committed():
    assert len(COMMITTED) > 10


@pytest.mark.parametrize("study", ["open", "methods"])
def test_every_committed_rater_answered_test_images_of_the_runs(study):
    raters, answers = find_raters(study), collect_raters(study)
    assert [rater.name for rater in raters] == rater_names(study)
    runs = collect(study).drop_duplicates(["test", "sample_id"])
    both = answers.merge(runs, on=["test", "sample_id"], suffixes=("", "_of_runs"))
    assert len(both) == len(answers) == sum(t.n for r in raters for t in r.tests.values())
    assert (both["emotion"] == both["emotion_of_runs"]).all()


def test_the_votes_dealt_to_the_annotators_of_ferplus_are_those_of_its_shares():
    answers = collect_raters("open").set_index("sample_id")
    dealt = answers[answers["model"].str.startswith("ferplus-annotator-")]
    assert dealt["model"].nunique() == 10
    counts = dealt.groupby("sample_id")[list(PROBABILITIES)].sum()
    shares = answers[answers["model"] == "ferplus-votes"][list(PROBABILITIES)]
    pd.testing.assert_index_equal(shares.index, counts.index)
    expected = counts.div(counts.sum(axis=1), axis=0)
    np.testing.assert_allclose(shares, expected, atol=1e-6)
    assert counts.sum(axis=1).max() == 10
