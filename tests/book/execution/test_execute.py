import math
import sys

import nbformat
import papermill
import pytest

from fer_core import paths
from fer_core.book.execution.execute import parameter_names, read_notebook, run_notebook
from fer_core.errors import FerError

HEADER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
"""
BODY = """
# %% [markdown]
# # A title
#
# Some text.

# %% tags=["parameters"]
study = "demo"  # a study
seed = 0

# %%
import sys
print(study, seed)
print("a warning of", __file__ if "__file__" in dir() else sys.executable, file=sys.stderr)
if seed == 13:
    from fer_core.errors import FerError
    raise FerError("loss is not finite; lower lr")
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "page.py"
    path.write_text(HEADER + BODY)
    return path


def outputs(path):
    return "".join(
        output.get("text", "")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )


def test_parameters_reach_the_notebook_and_the_title_is_replaced(script, tmp_path):
    output = run_notebook(script, tmp_path / "out.ipynb", {"seed": 5}, title="Run 5")
    notebook = nbformat.read(output, as_version=4)
    assert outputs(output) == "demo 5\n"
    assert notebook.cells[0].source == "# Run 5\n#\n# Some text.".replace("\n#\n# ", "\n\n")


def test_no_folder_of_this_machine_stays_in_the_notebook(script, tmp_path):
    output = run_notebook(script, tmp_path / "out.ipynb", {})
    text = output.read_text()
    assert str(tmp_path) not in text
    assert sys.executable not in text
    assert "demo 0" in text
    assert nbformat.read(output, as_version=4).metadata.papermill.input_path == "page.py"


def test_a_misspelt_parameter_is_an_error_before_anything_runs(script, tmp_path):
    with pytest.raises(FerError, match=r"unknown parameter of page\.py 'sed'; did you mean seed"):
        run_notebook(script, tmp_path / "out.ipynb", {"sed": 1})
    assert not (tmp_path / "out.ipynb").exists()


def test_a_failing_cell_gives_its_reason_and_keeps_the_partial_notebook(script, tmp_path):
    with pytest.raises(FerError, match=r"^loss is not finite; lower lr$"):
        run_notebook(script, tmp_path / "out.ipynb", {"seed": 13})
    assert "demo 13" in outputs(tmp_path / "out.ipynb")


def test_an_unknown_notebook_names_the_nearest(script, tmp_path):
    with pytest.raises(FerError, match="unknown notebook 'pag'; did you mean page"):
        run_notebook(tmp_path / "pag.py", tmp_path / "out.ipynb", {})


def test_a_script_without_a_kernel_is_refused(tmp_path):
    (tmp_path / "page.py").write_text(BODY)
    with pytest.raises(FerError, match="names no kernel"):
        read_notebook(tmp_path / "page.py")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("page.py", b"\xff\xfe\x00", "is no py:percent script or notebook"),
        ("page.ipynb", b"\xff\xfe\x00", "is no py:percent script or notebook"),
        ("page.ipynb", b"not JSON", "is no py:percent script or notebook"),
        ("page.ipynb", b"[" * 99_999, "is no py:percent script or notebook"),
        ("page.ipynb", b'{"cells": 7}', "is no py:percent script or notebook"),
        ("page.csv", b"a,b", "is no py:percent script or notebook"),
        ("page.py", (HEADER.replace("python3", "pyhton3") + BODY).encode(), "did you mean python3"),
    ],
)
def test_what_is_no_notebook_or_has_no_kernel_here_is_one_line(tmp_path, name, content, fault):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FerError, match=fault):
        run_notebook(tmp_path / name, tmp_path / "out.ipynb", {})


@pytest.mark.parametrize(
    ("name", "value"),
    [("study", v) for v in (math.inf, math.nan, None, [], {}, 7, True, 2.5)]
    + [("seed", v) for v in ("x", None, 1.5, math.nan, True)],
)
def test_a_parameter_of_another_kind_is_refused_before_anything_runs(script, tmp_path, name, value):
    with pytest.raises(FerError, match=rf"the parameter {name} of page\.py is like"):
        run_notebook(script, tmp_path / "out.ipynb", {name: value})
    assert not (tmp_path / "out.ipynb").exists()


def test_a_notebook_is_not_written_over_its_script_or_under_another_ending(script, tmp_path):
    for output in (script, tmp_path / "out.html", tmp_path):
        with pytest.raises(FerError, match="is not where to write a notebook"):
            run_notebook(script, output, {})


def test_the_reason_names_the_class_of_a_failure_only_where_it_is_not_ours(script, tmp_path):
    code = "from fer_core.errors import unknown\nraise unknown('net', 'x', ['y'])"
    script.write_text(script.read_text() + f"\n# %%\nif seed == 1:\n    1 / 0\n# %%\n{code}\n")
    with pytest.raises(FerError, match=r"^unknown net 'x'; valid: y$"):
        run_notebook(script, tmp_path / "out.ipynb", {})
    with pytest.raises(FerError, match=r"^division by zero \(ZeroDivisionError in a cell\)$"):
        run_notebook(script, tmp_path / "out.ipynb", {"seed": 1})


def test_the_training_notebook_has_the_parameters_of_a_cell_of_the_grid():
    notebook = read_notebook(paths.notebooks_dir() / "train.py")
    assert parameter_names(notebook) == ["study", "model", "train", "seed", "device", "threads"]


def test_braces_in_a_path_are_kept_and_the_kernel_does_not_warn(script, tmp_path, capfd):
    folder = tmp_path / "a{b}c{}"
    folder.mkdir()
    inside = script.rename(folder / "page{0}.py")
    output = run_notebook(inside, folder / "{seed}" / "out.ipynb", {"seed": 5})
    assert output == folder / "{seed}" / "out.ipynb"
    assert outputs(output) == "demo 5\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name]
    assert capfd.readouterr().err == ""


def test_of_a_cell_tagged_as_text_the_page_has_what_it_displayed(script, tmp_path):
    script.write_text(
        HEADER + "\n# %% [markdown]\n# # A title\n"
        '\n# %% tags=["as-text"]\nfrom IPython.display import Markdown, display\n'
        'for name in "ab":\n    display(Markdown(f"## {name}"))\n'
        '\n# %% tags=["as-text"]\nprint("no Markdown")\n'
    )
    _, sections, kept = nbformat.read(
        run_notebook(script, tmp_path / "out.ipynb", {}), as_version=4
    ).cells
    assert (sections.cell_type, sections.source) == ("markdown", "## a\n\n## b")
    assert kept.cell_type == "code"


def test_a_kernel_that_did_not_start_is_started_once_more(script, tmp_path, monkeypatch):
    execute, failures = papermill.execute_notebook, ["Kernel didn't respond in 120 seconds"]

    def at_first_deaf(*arguments, **options):
        if failures:
            raise RuntimeError(failures.pop())
        return execute(*arguments, **options)

    monkeypatch.setattr(papermill, "execute_notebook", at_first_deaf)
    assert run_notebook(script, tmp_path / "out.ipynb", {}).is_file()
    failures += 2 * ["Kernel didn't respond in 120 seconds"]
    with pytest.raises(FerError, match="ended: Kernel didn't respond"):
        run_notebook(script, tmp_path / "out.ipynb", {})
    failures[:] = ["Kernel died"]
    with pytest.raises(FerError, match="ended: Kernel died; run it again"):
        run_notebook(script, tmp_path / "out.ipynb", {})
    assert not failures, "what died while it ran is not run again"
