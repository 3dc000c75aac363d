"""Tables, figures and sentences of a chapter."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from fer_core import paths
from fer_core.book import page as page_module
from fer_core.book.checks.origin import declared
from fer_core.book.execution.chapters import read_chapters
from fer_core.book.page import BookPage
from fer_core.book.prose.markdown import listed, markdown_table, plain
from fer_core.book.study_page import Page
from fer_core.errors import FerError
from fer_core.files import read_json, sha256_file
from fer_core.study import load_study
from tests.audits import say_audited


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Markdown that a page displays."""
    texts: list[str] = []
    monkeypatch.setattr(page_module, "display", lambda markdown: texts.append(markdown.data))
    return texts


@pytest.fixture
def page(simulated_results: Callable[..., object]) -> Page:
    simulated_results(models=("net",), train=("phantom-lab",), test=("phantom-lab",))
    return Page("demo", "travel")


def line() -> Figure:
    figure = Figure()
    figure.subplots().plot([0, 1])
    return figure


def photograph() -> Figure:
    figure = Figure()
    figure.subplots().imshow(np.arange(64, dtype=np.uint8).reshape(8, 8))
    return figure


def test_a_table_is_numbered_sourced_and_offered_as_csv(page: Page, shown: list[str]) -> None:
    frame = pd.DataFrame({"model": ["a_net"], "score": [0.123456]})
    page.table(frame, "scores", "All scores.", "results/demo/x.csv")
    csv = page.files / "demo-travel-scores.csv"
    assert pd.read_csv(csv)["score"].iloc[0] == 0.123456
    assert ":name: tab-demo-travel-scores" in shown[0]
    assert "`results/demo/x.csv` · `notebooks/travel.py` · " in shown[0]
    assert "| a\\_net | 0.123 |" in shown[0]
    assert "files/demo-travel-scores.csv" in shown[0]


def test_a_section_has_a_label_that_outlives_its_heading(page: Page, shown: list[str]) -> None:
    page.section(
        "models",
        "2 of 3 lose",
        """First line,
        second line.""",
    )
    page.section("models", "3 of 3 lose")
    assert shown == [
        "(demo-travel-models)=\n## 2 of 3 lose\n\nFirst line,\nsecond line.",
        "(demo-travel-models)=\n## 3 of 3 lose",
    ]


def test_a_figure_is_drawn_as_vectors_with_its_alt_text(page: Page, shown: list[str]) -> None:
    page.figure(line(), "rise", "A line\nthat rises.", "It rises.", "x.csv")
    file = page.files / "demo-travel-rise.svg"
    record = read_json(page.files / "demo-travel-rise.svg.json")
    assert record == {"file": file.name, "sha256": sha256_file(file), "pixels_of": []}
    assert ":alt: A line that rises.\n" in shown[0]
    assert "It rises. [Source: `x.csv`" in shown[0]


def test_the_same_figure_gives_the_same_file(page: Page, shown: list[str]) -> None:
    hashes = []
    for _ in range(2):
        page.figure(line(), "rise", "A line.", "It rises.", "x.csv")
        hashes.append(sha256_file(page.files / "demo-travel-rise.svg"))
    assert hashes[0] == hashes[1]


def test_pixels_that_nobody_declared_are_refused_and_not_kept(page: Page) -> None:
    with pytest.raises(FerError, match="holds pixels but names no data set"):
        page.figure(photograph(), "face", "A face.", "A face.", "x.csv")
    assert not list(page.files.glob("*face*"))


def test_pixels_of_a_set_that_may_not_be_shown_are_refused(page: Page) -> None:
    with pytest.raises(FerError, match="'fer2013', whose card says publishable: false"):
        page.figure(photograph(), "face", "A", "A.", "x.csv", pixels_of=["phantom-lab", "fer2013"])
    assert not list(page.files.glob("*face*"))


def test_pixels_of_a_publishable_set_are_declared(page: Page, shown: list[str]) -> None:
    page.figure(photograph(), "face", "A", "A.", "x.csv", pixels_of=["phantom-lab"])
    record = read_json(page.files / "demo-travel-face.png.json")
    assert record["pixels_of"] == ["phantom-lab"]
    assert record["sha256"] == sha256_file(page.files / "demo-travel-face.png")


def test_a_figure_credits_those_whose_pixels_it_shows(page: Page, shown: list[str]) -> None:
    page.figure(photograph(), "face", "A", "A face.", "x.csv", pixels_of=["london"])
    assert "A face. Images: DeBruine" in shown[-1]
    assert "CC-BY-4.0); cropped and resized." in shown[-1].replace("\\", "")
    page.figure(photograph(), "grid", "A", "A grid.", "x.csv", pixels_of=[])
    assert "Images:" not in shown[-1]


def test_html_of_our_own_stands_over_its_source_and_is_offered_as_csv(
    page: Page, shown: list[str]
) -> None:
    frame = pd.DataFrame({"count": [0.123456]})
    page.html("<div>\n<b>x</b>\n</div>", frame, "counts", "All counts.", "x.csv")
    assert shown[0].startswith("<div>\n<b>x</b>\n</div>\n\nAll counts. [Source: `x.csv`")
    assert shown[0].endswith("<files/demo-travel-counts.csv>`]{.fer-download}")
    csv = pd.read_csv(page.files / "demo-travel-counts.csv")
    assert csv["count"].tolist() == [0.123456]


def test_a_figure_is_folded_under_its_name_which_is_no_markup(page: Page, shown: list[str]) -> None:
    page.figure(line(), "rise", "A line.", "It rises.", "x.csv", folded="a <b>")
    page.figure(line(), "fall", "A line.", "It falls.", "x.csv")
    assert shown[0].startswith(
        "<details><summary>a &lt;b&gt;</summary>\n\n:::{figure} files/demo-travel-rise.svg\n"
    )
    assert shown[0].endswith("\n:::\n\n</details>")
    assert shown[1].startswith(":::{figure}")


def test_a_figure_without_alt_text_is_refused(page: Page) -> None:
    with pytest.raises(FerError, match="no alt text"):
        page.figure(line(), "rise", "  \n", "It rises.", "x.csv")


def test_a_drawing_inside_a_notebook_has_its_alt_text_and_no_pixel(shown: list[str]) -> None:
    page_module.show_drawing(line(), 'A "line".')
    assert shown[0].startswith('<img alt="A &quot;line&quot;." src="data:image/svg+xml;base64,')
    with pytest.raises(FerError, match="holds pixels"):
        page_module.show_drawing(photograph(), "A face.")


def test_a_study_without_runs_says_how_to_train(checkout: Path) -> None:
    (checkout / "studies" / "empty.yml").write_text(
        "title: Empty\nmodels: {net: {backbone: resnet18}}\ntrain: [nhfi]\ntest: [nhfi]\n"
    )
    with pytest.raises(FerError, match=r"no finished run.*make study STUDY=empty"):
        Page("empty", "travel")


def test_markup_from_a_data_set_is_shown_literally() -> None:
    frame = pd.DataFrame({"name": ["<script>|`x`*y*"]})
    row = markdown_table(frame).splitlines()[-1]
    assert row == "| \\<script\\>\\|\\`x\\`\\*y\\* |"
    assert plain("[a](b)\n{c}") == "\\[a\\](b) \\{c\\}"


def test_missing_values_are_dashes_and_numbers_stand_right() -> None:
    frame = pd.DataFrame({"n": [1.5, None], "s": ["0.1 [0.0, 0.2]", None], "w": ["x", ""]})
    lines = markdown_table(frame).splitlines()
    assert lines[1] == "| --: | --: | :-- |"
    assert lines[3] == "| – | – | – |"


def test_an_interval_stands_below_its_number_and_the_mark_beside_it() -> None:
    frame = pd.DataFrame({"score [95 %]": ["0.621 [0.605, 0.637] †", "0.5", "a [b"]})
    rows = markdown_table(frame).splitlines()
    assert rows[0] == "| score \\[95\xa0%\\] |"
    assert rows[2:] == [
        "| 0.621 † [\\[0.605, 0.637\\]]{.fer-interval} |",
        "| 0.5 |",
        "| a \\[b |",
    ]


def test_a_table_that_may_be_empty_says_so_in_a_sentence(page: Page, shown: list[str]) -> None:
    page.table(pd.DataFrame(), "none", "C.", "x.csv", otherwise="There is none.")
    assert shown == ["There is none."]
    assert not list(page.files.glob("*none*"))


def test_scores_of_a_leaking_pair_are_marked_and_counted(page: Page, shown: list[str]) -> None:
    say_audited("demo")
    leaks = paths.results_dir() / "demo" / "data" / "leaks.csv"
    leaks.write_text("train,test,n_test,copies,near,persons\nphantom-lab,london,204,0,3,0\n")
    frame = pd.DataFrame(
        {"train": ["phantom-lab"] * 2, "test": ["london", "nhfi"], "x": [0.5, 0.6]}
    )
    view = pd.DataFrame({"test": frame["test"], "x [95 %]": ["0.5 [0.4, 0.6]", "0.6 [0.5, 0.7]"]})
    page.scores(frame, "some", "Scores.", view)
    assert "0.5 † [" in shown[0]
    assert "0.6 [" in shown[0]
    assert "Phantom lab → London: 3 with a near copy of 204 test images." in shown[0]
    csv = pd.read_csv(page.files / "demo-travel-some.csv")
    assert csv["leaking_test_images"].tolist() == [3, 0]
    page.scores(frame, "home", "Scores.", view.iloc[1:])
    assert "†" not in shown[1]


def test_every_score_of_a_study_without_an_audit_says_that_it_is_not_audited(
    page: Page, shown: list[str]
) -> None:
    frame = pd.DataFrame({"train": ["phantom-lab"], "test": ["london"], "x": [0.5]})
    view = pd.DataFrame({"test": frame["test"], "x [95 %]": ["0.5 [0.4, 0.6]"]})
    page.scores(frame, "some", "Scores.", view)
    page.answer("The answer.")
    assert "0.5 not audited [" in shown[0] or "not audited |" in shown[0]
    for text in shown[:2]:
        assert "Scores are not audited: no audit was made" in text
    csv = pd.read_csv(page.files / "demo-travel-some.csv")
    assert csv["leaking_test_images"].tolist() == ["not audited"]


def test_a_table_without_rows_is_an_error() -> None:
    with pytest.raises(FerError, match="no rows"):
        markdown_table(pd.DataFrame({"n": []}))


def test_words_are_listed_as_in_a_sentence() -> None:
    assert [listed("a"), listed("ab"), listed("abc")] == ["a", "a and b", "a, b and c"]


def test_the_note_of_a_study_stands_on_each_of_its_chapters(page: Page, shown: list[str]) -> None:
    page.study = page.study.model_copy(update={"note": "Few <b> faces,\none seed."})
    page.answer("Yes.")
    assert shown[0].startswith(":::{admonition} Answer")
    assert "Not about people" in shown[1]
    assert shown[2] == ":::{note}\nFew \\<b\\> faces, one seed.\n:::"
    notebooks = [paths.notebooks_dir() / f"{chapter}.py" for chapter in read_chapters()]
    assert all(notebook.read_text().count("page.answer(") == 1 for notebook in notebooks)


def test_the_first_chapter_of_a_study_says_which_others_it_does_not_get_and_why(
    page: Page, shown: list[str]
) -> None:
    Page("demo", "travel").answer("Yes.")
    left_out = shown[-1]
    assert "*Lost on other data sets* (" in left_out
    assert "*Can I trust it?* (its data sets were not audited" in left_out
    assert "Grad-CAM" not in left_out
    shown.clear()
    Page("demo", "datasets").answer("Yes.")
    assert not any("left out" in text for text in shown)


def test_a_page_of_the_whole_book_keeps_its_files_beside_those_of_the_studies(
    checkout: Path, shown: list[str]
) -> None:
    page = BookPage("all-models")
    page.table(pd.DataFrame({"n": [1]}), "sizes", "Sizes.", "results/models.csv")
    assert (paths.report_dir() / "files" / "all-models-sizes.csv").is_file()
    assert ":name: tab-all-models-sizes" in shown[0]
    assert "`results/models.csv` · `notebooks/all-models.py` · " in shown[0]
    page.figure(line(), "rise", "A line.", "It rises.", "x.csv")
    (picture,) = (paths.report_dir() / "files").glob("*.svg")
    assert declared(paths.report_dir()) == {sha256_file(picture): []}
    with pytest.raises(FerError, match="travel is a chapter of a study"):
        BookPage("travel")


def test_every_study_of_this_repository_says_what_it_cannot_show() -> None:
    files = sorted((Path(__file__).resolve().parent.parent.parent / "studies").glob("*.yml"))
    assert len(files) > 3
    assert [path.name for path in files if not load_study(str(path)).note] == []
