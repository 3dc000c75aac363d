"""A book of a few pages, built with the theme, that has each thing that a theme decorates."""

import shutil
from pathlib import Path

import nbformat
import yaml

from fer_core.book.execution.build import make_html
from tests.book.browser.measures import ROOT

PAGES = ("book/chapter.html", "book/intro.html", "book/run.html", "genindex.html", "search.html")
WORDS = " ".join(["words"] * 12)
ROWS = "\n".join("| " + " | ".join(f"model-{row}-of-{column}" for column in range(12)) + " |"
                 for row in range(3))  # fmt: skip
INTRO = f"""# A small book

:::{{admonition}} Answer
:class: answer
One sentence, after {{cite:t}}`goodfellow2013`, with a [link](chapter.ipynb) and `code`.
:::

## A drawing

```{{figure}} _static/logo.svg
:alt: The mark of the book.
Drawn. <span class="fer-source">Source: `logo.svg`</span>
```

## Commands

```bash
fer studies predict open --device auto {WORDS}  # {WORDS}
```

## References

```{{bibliography}}
:filter: docname in docnames
```
"""
TABLE = f"""A wide table.

| {" | ".join(f"column {column}" for column in range(12))} |
|{"---|" * 12}
{ROWS}
"""
CODE = f"# {WORDS}\npage.table('{'-'.join(['name'] * 30)}')"


def small_book(root: Path) -> Path:
    """Build the small book below `root` with this project's look and return its folder."""
    (root / "book").mkdir(parents=True)
    for name in ("_config.yml", "book/references.bib"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "book" / "_static", root / "book" / "_static")
    (root / "book/intro.md").write_text(INTRO)
    (root / "book/run.md").write_text("# A run\n\n## What it says\n\nNo more than this.\n")
    nbformat.write(_chapter(), root / "book/chapter.ipynb")
    runs = {"file": "book/chapter", "sections": [{"file": "book/run"}]}
    part = {"caption": "A study", "chapters": [runs]}
    toc = root / "toc.yml"
    toc.write_text(yaml.safe_dump({"format": "jb-book", "root": "book/intro", "parts": [part]}))
    return make_html(root, toc)


def _chapter() -> nbformat.NotebookNode:
    """A chapter with a folded cell that shows a table, and one that shows HTML."""
    cells = [nbformat.v4.new_markdown_cell("# A chapter\n\n## A table")]
    for kind, content in (("text/markdown", TABLE), ("text/html", f"<pre>{CODE}</pre>")):
        output = nbformat.v4.new_output("display_data", data={kind: content})
        cells.append(nbformat.v4.new_code_cell(CODE, outputs=[output]))
        cells[-1].metadata["tags"] = ["hide-input"]
    kernel = {"name": "python3", "display_name": "Python 3"}
    language = {"name": "python", "pygments_lexer": "ipython3"}
    facts = {"kernelspec": kernel, "language_info": language}
    return nbformat.v4.new_notebook(cells=cells, metadata=facts)
