"""A small book is built for real: chapters executed, HTML made and checked."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

from fer_core import paths
from fer_core.book.checks.site import SitePage, check_site
from fer_core.book.execution.build import build_html, render_chapter
from fer_core.book.execution.chapters import BOOK, chapters_of, read_chapters
from fer_core.book.prose.titles import dataset_title
from fer_core.errors import FerError
from fer_core.files import read_json, write_json
from fer_core.study import Cell, load_study
from tests.audits import write_audit
from tests.book.execution.small import DONE, FAILED
from tests.checkouts import ROOT

# Text that would be markup, a link, a role, mathematics, a reference or the end of a script.
MARKUP = (
    """<b id="x">b</b> <img src=x onerror=alert(1)> </script> *e* `c` [l](javascript:alert(1)) """
    """{w}`r` $m$ \\ | &amp; # ' " ~ {{s}} <!-- n -->"""
)
REPORT = "book/report/demo"
SPOKEN = {
    f"{REPORT}/travel.html": 2,  # the title of the study beside the page, and its note
    f"{REPORT}/datasets.html": 4,  # and what the card of a data set says of it
    f"{REPORT}/runs.html": 1,
}


def speak_markup(checkout: Path) -> None:
    """Let the study and the card of a data set speak in markup."""
    file = checkout / "studies/demo.yml"
    plan = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**plan, "title": MARKUP, "note": MARKUP}))
    facts = checkout / "results/demo/data/london.json"
    summary = read_json(facts)
    summary["card"] |= {"title": MARKUP, "licence": MARKUP, "citation": MARKUP, "notes": MARKUP}
    write_json(facts, summary)


class TextOf(HTMLParser):
    """What a page shows as text, blanks joined."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(text)
        text = "".join(self.parts).translate(str.maketrans("“”‘’", "\"\"''"))  # as typeset
        self.words = " ".join(text.split())

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def render_all() -> None:
    """Execute all chapters, two at a time, each in a process of its own as in the workflow."""
    commands = [("demo", chapter) for chapter in chapters_of(load_study("demo"))]
    commands += [(chapter,) for chapter in read_chapters(BOOK)]
    fer = (sys.executable, "-m", "fer_core", "chapter")
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(
            lambda words: subprocess.run([*fer, *words], capture_output=True, text=True), commands
        )
    for words, run in zip(commands, runs, strict=True):
        assert run.returncode == 0, f"{words}: {run.stderr[-2000:]}"


def test_a_book_is_built_without_a_warning_and_refuses_a_planted_face(
    checkout: Path, small: None
) -> None:
    write_audit("demo", "phantom-lab", "london")
    shutil.copytree(ROOT / "recipes", checkout / "recipes")
    speak_markup(checkout)
    render_all()
    index = build_html()
    site = index.parent
    assert check_site(site, paths.report_dir()) == []
    report = site / "book" / "report" / "demo"
    assert (report / "runs" / DONE.model / DONE.train / "seed0.html").is_file()
    failed = report / "runs" / FAILED.model / FAILED.train / "seed0.html"
    assert (
        "It ended with: RuntimeError: loss is not finite <b>|</b>"
        in TextOf(failed.read_text()).words
    )
    scores_are_those_of_the_matrix(report, site)
    assert "loss is not finite &lt;b&gt;|&lt;/b&gt;" in (report / "runs.html").read_text()
    assert "failed" in (report / "travel.html").read_text()
    headings = {SitePage(page.read_text()).heading for page in report.rglob("*.html")}
    assert "Which model travels? (demo)" in headings
    assert [h for h in headings if h.startswith("small-net on Phantom lab phantom-lab, seed 0")]
    pictures = {path.name for path in (site / "_images").glob("*.png")}
    assert "demo-datasets-faces-phantom-lab.png" in pictures
    assert not any("fer2013" in name for name in pictures if "faces" in name)
    assert list((site / "_downloads").rglob("demo-travel-cells-macro-f1.csv"))
    audit = (report / "audit.html").read_text()
    assert "5 pairs of near copies were found, 1 of them mirrored" in audit
    assert "demo-audit-pair-1.png" in audit
    assert "Phantom lab → London: 3 with a near copy" in (report / "travel.html").read_text()
    cards = (site / "book" / "report" / "all-datasets.html").read_text()
    assert "FER2013 (fer2013)" in cards
    assert "FERG-DB" in cards
    assert "<h3>FER2013 (fer2013)<" in cards, "a heading, which is listed beside the page"
    nets = (site / "book" / "report" / "all-models.html").read_text()
    assert "No net has been measured here" in nets
    assert list((site / "_downloads").rglob("all-datasets-readers.csv"))
    for name, places in SPOKEN.items():
        assert TextOf((site / name).read_text()).words.count(MARKUP) >= places, name
    _plant(checkout)
    with pytest.raises(FerError, match="'fer2013', whose card says publishable: false"):
        build_html()
    assert not site.exists()


def scores_are_those_of_the_matrix(report: Path, site: Path) -> None:
    """The table of a run, and its CSV file, have the numbers of the matrix, to the last digit."""
    (file,) = (site / "_downloads").rglob("demo-small-net-phantom-lab-seed0-scores.csv")
    key = ["model", "train", "test", "view"]
    (cells,) = (paths.report_dir() / "demo" / "files").glob("demo-travel-cells-macro-f1.csv")
    run, matrix = (pd.read_csv(f) for f in (file, cells))
    run, matrix = run.set_index(key), matrix.set_index(key).loc[run.set_index(key).index]
    assert len(run) == 6
    both = [column for column in run if column in matrix]
    assert {"accuracy_lo", "macro_f1_hi", "majority_rate", "leaking_test_images"} <= set(both)
    pd.testing.assert_frame_equal(run[both], matrix[both], check_exact=True, check_dtype=False)
    page = TextOf((report / "runs/small-net/phantom-lab/seed0.html").read_text()).words
    for score in (*run["accuracy"], *run["macro_f1"], *run["majority_rate"]):
        assert f"{score:.3f}" in page
    assert list((site / "_downloads").rglob("demo-small-net-phantom-lab-seed0-run.json"))
    assert list((site / "_downloads").rglob("*-london-mirror.parquet"))
    assert not list((site / "_downloads").rglob("*fer2013-*.parquet"))


def _plant(checkout: Path) -> None:
    """Say of a face on the page that it comes from a set that may not be shown."""
    record = checkout / "book/report/demo/files/demo-datasets-faces-phantom-lab.png.json"
    content = record.read_text().replace('"phantom-lab"', '"fer2013"')
    record.write_text(content)


def test_a_chapter_that_is_missing_is_named_with_its_command(small: None) -> None:
    with pytest.raises(FerError, match="chapter travel of demo is missing; run: fer chapter"):
        build_html(["demo"])


def test_a_chapter_that_a_study_lacks_something_for_is_refused_and_no_page_of_the_book(
    small: None, checkout: Path
) -> None:
    with pytest.raises(FerError, match=r"demo has no chapter audit: .*run: fer summarise demo"):
        render_chapter("demo", "audit")
    fake_pages(checkout, "demo", chapters_of(load_study("demo")))
    with pytest.raises(FerError, match="the chapter all-datasets is missing; run: fer chapter all"):
        build_html(["demo"])


def fake_pages(checkout: Path, study: str, chapters: Iterable[str]) -> None:
    """Leave an empty notebook for each chapter of a study."""
    for chapter in chapters:
        page = checkout / "book" / "report" / study / f"{chapter}.ipynb"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("{}")


def test_chapters_of_a_study_without_runs_are_refused(simulated_results) -> None:
    simulated_results(
        models=("net",), train=("nhfi",), test=("nhfi",), failed=(Cell("net", "nhfi", 0),)
    )
    with pytest.raises(FerError, match="no finished run"):
        render_chapter("demo", "travel")


def test_a_chapter_of_a_study_file_elsewhere_is_of_that_file(
    checkout: Path, small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "studies" / "demo.yml").rename(tmp_path / "demo.yml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER_REPORT", str(tmp_path / "{report}"))
    page = render_chapter("demo.yml", "training")
    assert page == tmp_path / "{report}" / "demo" / "training.ipynb"
    assert f"of small-net on {dataset_title('phantom-lab')}, seed 0" in page.read_text()


def test_chapters_outside_of_the_book_are_refused(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_REPORT", str(tmp_path / "elsewhere"))
    with pytest.raises(FerError, match="FER_REPORT"):
        build_html()


def test_a_study_without_facts_about_its_data_says_how_to_write_them(
    small: None, checkout: Path
) -> None:
    from fer_core.analysis.summaries import read_summaries

    (checkout / "results/demo/data/london.json").unlink()
    with pytest.raises(FerError, match="no facts about london; run: fer summarise demo"):
        read_summaries(load_study("demo"))
    write_json(checkout / "results/demo/data/london.json", {})
