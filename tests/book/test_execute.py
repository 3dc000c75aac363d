import sys

import nbformat
import pytest

from fer_core import paths
from fer_core.book.execute import parameter_names, read_notebook, run_notebook
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
