"""One fold of code at the end of a page, instead of one at each figure and table."""

import nbformat

HIDDEN, FOLDED, LAST = "remove-input", "hide-input", "all-of-the-code"


def fold_code(notebook: nbformat.NotebookNode) -> None:
    """Hide the code of an executed notebook where it stands, and repeat it in a last cell, which a
    page shows folded."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not code or code[-1].get("id") == LAST:
        return
    sources = "\n\n".join(cell.source.strip() for cell in code if cell.source.strip())
    for cell in code:
        tags = [tag for tag in cell.metadata.get("tags", ()) if tag != FOLDED]
        cell.metadata["tags"] = [*tags, HIDDEN] if "remove-cell" not in tags else tags
    last = nbformat.v4.new_code_cell(sources, metadata={"tags": [FOLDED]}, id=LAST)
    notebook.cells.append(last)
