"""A chapter is what the header of its notebook says."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fer_core.book.execution.chapters import BOOK, STUDY, get_chapter, read_chapters
from fer_core.errors import FerError

HEADER = """# ---
# jupyter:
#   chapter:
{}
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # Title
"""


@pytest.fixture
def notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of notebooks of an empty checkout."""
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    folder = tmp_path / "notebooks"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, **facts: object) -> None:
    facts = {"title": f"On {name}", "order": 1, "scope": STUDY, **facts}
    lines = (f"#     {key}: {value}" for key, value in facts.items() if value is not None)
    (folder / f"{name}.py").write_text(HEADER.format("\n".join(lines)), encoding="utf-8")


def test_a_header_gives_title_order_scope_and_needs(notebooks: Path) -> None:
    write(notebooks, "maps", title="Heat × maps", order=7, needs="[audit, heat maps]")
    write(notebooks, "all", scope=BOOK)
    (notebooks / "run.py").write_text("# ---\n# jupyter:\n#   chapter: false\n# ---\n")
    (notebooks / "no-notebook.txt").touch()
    found = read_chapters()
    assert list(found) == ["all", "maps"]
    assert found["maps"].model_dump() == {
        "name": "maps",
        "title": "Heat × maps",
        "order": 7,
        "scope": STUDY,
        "needs": ("audit", "heat maps"),
    }
    assert found["all"].needs == ()
    assert (list(read_chapters(BOOK)), list(read_chapters(STUDY))) == (["all"], ["maps"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(orders=st.lists(st.integers(-99, 99), unique=True, min_size=1, max_size=6))
def test_chapters_come_in_their_order_whatever_their_files_are_called(
    notebooks: Path, orders: list[int]
) -> None:
    for file in notebooks.glob("*.py"):
        file.unlink()
    for place, order in enumerate(orders):
        write(notebooks, f"n{place}", order=order)
    assert [chapter.order for chapter in read_chapters().values()] == sorted(orders)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"scope": "stdy"}, "unknown scope 'stdy'; did you mean study"),
        ({"needs": "[audt]"}, "unknown need 'audt'; did you mean audit"),
        ({"needs": "audit"}, "chapter: needs: Input should be a valid"),
        ({"order": "first"}, "chapter: order: Input should be a valid integer"),
        ({"order": None}, "chapter: order: Field required"),
        ({"title": '""'}, "chapter: title: String should have at least 1 character"),
        ({"tittle": "x"}, "chapter: tittle: Extra inputs are not permitted"),
        ({"scope": BOOK, "needs": "[audit]"}, "whole book needs nothing of a study"),
    ],
)
def test_a_header_that_is_wrong_is_one_line_that_names_its_notebook(
    notebooks: Path, facts: dict[str, object], why: str
) -> None:
    write(notebooks, "mine", **facts)
    with pytest.raises(FerError) as fault:
        read_chapters()
    assert str(fault.value).startswith("notebooks/mine.py: ")
    assert why in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "text",
    [
        "# %%\n1\n",
        "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n",
        "# ---\n# jupyter:\n#   chapter:\n# ---\n",
        "# ---\n# jupyter:\n#   chapter: true\n# ---\n",
        "# ---\n# - a\n# ---\n",
        "# ---\n# jupyter: x\n# ---\n",
    ],
)
def test_a_notebook_that_does_not_say_whether_it_is_a_chapter_is_an_error(
    notebooks: Path, text: str
) -> None:
    (notebooks / "mine.py").write_text(text)
    with pytest.raises(FerError, match=r"notebooks/mine\.py does not say in its header what chapt"):
        read_chapters()


def test_a_header_that_is_no_yaml_is_an_error(notebooks: Path) -> None:
    (notebooks / "mine.py").write_text("# ---\n# a: [\n# ---\n")
    with pytest.raises(FerError, match=r"header of notebooks/mine\.py is not YAML"):
        read_chapters()


def test_a_title_stands_once_and_an_order_once_in_its_scope(notebooks: Path) -> None:
    write(notebooks, "a")
    write(notebooks, "b", scope=BOOK)
    assert list(read_chapters()) == ["b", "a"]
    write(notebooks, "c", order=2, title="On b")
    with pytest.raises(FerError, match=r"notebooks/b\.py and notebooks/c\.py both have the title"):
        read_chapters()
    write(notebooks, "c")
    with pytest.raises(FerError, match=r"notebooks/a\.py and notebooks/c\.py both have the order"):
        read_chapters()


def test_a_chapter_of_another_scope_says_how_it_is_made() -> None:
    assert get_chapter("travel", STUDY).title == "Which model travels?"
    with pytest.raises(FerError, match="chapter of the whole book; run: fer chapter all-models"):
        get_chapter("all-models", STUDY)
    with pytest.raises(FerError, match="chapter of a study; run: fer chapter STUDY travel"):
        get_chapter("travel", BOOK)


def test_the_chapters_are_read_without_torch_and_without_jupytext() -> None:
    code = (
        "import sys, fer_core.book.execution.chapters as c; c.read_chapters(); "
        "sys.exit(not {'torch', 'jupytext', 'matplotlib'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
