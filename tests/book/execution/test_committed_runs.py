"""What the committed pages of runs show is what their records say."""

import html
import re
from pathlib import Path

import nbformat
import pytest

from fer_core.files import read_json
from fer_core.models.entries import entries
from fer_core.records import read_record

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
