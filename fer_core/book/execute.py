"""Execute a py:percent notebook with papermill, and refuse what papermill lets pass."""

import logging
import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from fer_core import paths
from fer_core.book.markdown import plain
from fer_core.errors import FerError, unknown

START_TIMEOUT = 120
# Other users of this machine cannot listen; without it, ipykernel warns of them in every run.
ENCRYPTED = Config(KernelManager={"transport_encryption": "auto"})
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def read_notebook(script: Path) -> nbformat.NotebookNode:
    """Read a py:percent script as a notebook; it must name its kernel."""
    if not script.is_file():
        raise unknown("notebook", script.stem, (path.stem for path in script.parent.glob("*.py")))
    notebook = jupytext.read(script)
    if "kernelspec" not in notebook.metadata:
        raise FerError(f"{script} names no kernel; copy the header of notebooks/train.py")
    return notebook


def parameter_names(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the names in the cell tagged `parameters`."""
    return list(papermill.inspect_notebook(notebook))


def run_notebook(
    script: Path, output: Path, parameters: dict[str, Any], title: str | None = None
) -> Path:
    """Execute `script` with `parameters` and write the executed notebook to `output`.

    A parameter that the notebook does not have is an error (papermill would train the default).
    `title` replaces the notebook's first heading, so that no two pages of the book share one. When
    a cell fails, the partial notebook is kept at `output` and the failure is a FerError with the
    last line of the traceback.
    """
    notebook = read_notebook(script)
    names = parameter_names(notebook)
    for name in parameters:
        if name not in names:
            raise unknown(f"parameter of {script.name}", name, names)
    if title:
        _set_title(notebook, title)
    output.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("papermill").setLevel(logging.WARNING)
    try:
        papermill.execute_notebook(
            notebook,
            re.sub("[{}]", r"\g<0>\g<0>", str(output)),  # papermill formats paths
            parameters=parameters,
            kernel_name=notebook.metadata.kernelspec.name,
            cwd=str(script.parent),
            start_timeout=START_TIMEOUT,
            config=ENCRYPTED,
            progress_bar=False,
        )
    except PapermillExecutionError as error:
        reason = ANSI.sub("", f"{error.ename}: {error.evalue}").strip().splitlines()[0]
        raise FerError(reason.removeprefix("FerError: ")) from error
    finally:
        _tidy(output, script)
    return output


def _set_title(notebook: nbformat.NotebookNode, title: str) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            _, _, rest = cell.source.partition("\n")
            cell.source = f"# {plain(title)}\n{rest}".rstrip()
            return
    raise FerError(f"the notebook has no heading to replace by {title!r}; start it with `# Title`")


def _tidy(output: Path, script: Path) -> None:
    """Keep what a reader needs: no folder of this machine, which papermill stores and warnings on
    standard error name; the cell of parameters folded, as the title says what they are."""
    if not output.is_file():
        return
    notebook = nbformat.read(output, as_version=4)
    details = notebook.metadata.get("papermill", {})
    details["input_path"] = _relative(script)
    details["output_path"] = _relative(output)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata.tags.append("hide-input")
    nbformat.write(notebook, output)


def _relative(path: Path) -> str:
    try:
        return path.resolve().relative_to(paths.root().resolve()).as_posix()
    except ValueError:
        return path.name
