"""Execute a py:percent notebook with papermill, and refuse what papermill lets pass."""

import logging
import re
from ast import literal_eval
from copy import deepcopy
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from fer_core import paths
from fer_core.book.prose.markdown import plain
from fer_core.errors import FerError, unknown

START_TIMEOUT = 120
# Other users of this machine cannot listen; without it, ipykernel warns of them in every run.
ENCRYPTED = Config(KernelManager={"transport_encryption": "auto"})
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def read_notebook(script: Path) -> nbformat.NotebookNode:
    """Read a py:percent script as a notebook; it must name its kernel."""
    if not script.is_file():
        raise unknown("notebook", script.stem, (path.stem for path in script.parent.glob("*.py")))
    try:
        notebook = jupytext.read(script)
        nbformat.validate(notebook)
        kernel = notebook.metadata.get("kernelspec", {}).get("name")
    except Exception as error:  # a file of another kind fails in many ways
        why = " ".join(str(error).split())[:160] or type(error).__name__
        raise FerError(f"{script} is no py:percent script or notebook ({why}); give one") from error
    if kernel is None:
        raise FerError(f"{script} names no kernel; copy the header of notebooks/train.py")
    kernels = KernelSpecManager().find_kernel_specs()
    if kernel not in kernels:
        raise unknown(f"kernel of {script.name}", str(kernel), kernels)
    return notebook


def parameter_names(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the names in the cell tagged `parameters`."""
    return list(papermill.inspect_notebook(notebook))


def check_parameters(script: Path, notebook: nbformat.NotebookNode, given: dict[str, Any]) -> None:
    """Raise FerError for a parameter that the notebook does not have, or of another type there."""
    known = papermill.inspect_notebook(notebook)
    for name, value in given.items():
        if name not in known:
            raise unknown(f"parameter of {script.name}", name, known)
        try:
            usual = literal_eval(known[name]["default"])
        except (ValueError, SyntaxError):  # made by code: any value may do
            continue
        if type(value) is not type(usual) and usual is not None:
            raise FerError(
                f"the parameter {name} of {script.name} is like {usual!r}, not {str(value)[:60]!r};"
                " give a value of that kind, and text that looks like another in quotes"
            )


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
    check_parameters(script, notebook, parameters)
    if output.suffix != ".ipynb" or output.resolve() == script.resolve():
        raise FerError(f"{output} is not where to write a notebook; give another name.ipynb")
    if title:
        _set_title(notebook, title)
    output.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("papermill").setLevel(logging.WARNING)
    try:
        _execute(notebook, script, output, parameters)
    except PapermillExecutionError as error:
        raise FerError(_reason(error)) from error
    except (DeadKernelError, RuntimeError) as error:  # as when the memory is full
        raise FerError(f"the kernel of {script.name} ended: {error}; run it again") from error
    finally:
        _tidy(output, script)
    return output


def _execute(
    notebook: nbformat.NotebookNode, script: Path, output: Path, parameters: dict[str, Any]
) -> None:
    """Execute a notebook; once more where its kernel did not start, as when another process took
    the port that was chosen for it: nothing was executed then."""
    for attempt in (1, 2):
        try:
            papermill.execute_notebook(
                deepcopy(notebook),
                re.sub("[{}]", r"\g<0>\g<0>", str(output)),  # papermill formats paths
                parameters=parameters,
                kernel_name=notebook.metadata.kernelspec.name,
                cwd=str(script.parent),
                start_timeout=START_TIMEOUT,
                config=ENCRYPTED,
                progress_bar=False,
            )
            return
        except RuntimeError as error:
            if attempt == 2 or "Kernel didn't respond" not in str(error):
                raise


def _reason(error: PapermillExecutionError) -> str:
    """Return the message of what a cell raised, with its class where that is not one of ours."""
    lines = ANSI.sub("", str(error.evalue)).strip().splitlines()
    text = lines[0] if lines else "no message"
    return text if error.ename in _names(FerError) else f"{text} ({error.ename} in a cell)"


def _names(kind: type[FerError]) -> set[str]:
    return {kind.__name__}.union(*map(_names, kind.__subclasses__()))


def _set_title(notebook: nbformat.NotebookNode, title: str) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            _, _, rest = cell.source.partition("\n")
            cell.source = f"# {plain(title)}\n{rest}".rstrip()
            return
    raise FerError(f"the notebook has no heading to replace by {title!r}; start it with `# Title`")


def _tidy(output: Path, script: Path) -> None:
    """Keep what a reader needs: no folder of this machine, which papermill stores and warnings on
    standard error name; the cell of parameters folded, as the title says what they are; of a cell
    tagged `as-text` the Markdown that it displayed, whose headings are then those of the page."""
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
    notebook.cells = [_as_text(cell) for cell in notebook.cells]
    nbformat.write(notebook, output)


def _as_text(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    texts = [output.get("data", {}).get("text/markdown") for output in cell.get("outputs", [])]
    if "as-text" not in cell.metadata.get("tags", []) or None in texts:
        return cell
    return nbformat.v4.new_markdown_cell("\n\n".join(texts), id=cell.id)


def _relative(path: Path) -> str:
    try:
        return path.resolve().relative_to(paths.root().resolve()).as_posix()
    except ValueError:
        return path.name
