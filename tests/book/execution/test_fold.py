"""A page has one fold of code, at its end."""

import nbformat

from fer_core.book.execution.fold import fold_code


def notebook():
    cells = [
        nbformat.v4.new_markdown_cell("# A"),
        nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["hide-input"]}),
        nbformat.v4.new_code_cell("import b", metadata={"tags": ["remove-cell"]}),
        nbformat.v4.new_code_cell("b = 2"),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_all_code_stands_once_in_a_last_cell_and_is_hidden_elsewhere() -> None:
    folded = notebook()
    fold_code(folded)
    nbformat.validate(folded)
    *rest, last = folded.cells
    assert last.source == "a = 1\n\nimport b\n\nb = 2"
    assert last.metadata["tags"] == ["hide-input"]
    assert [cell.metadata.get("tags") for cell in rest[1:]] == [
        ["remove-input"],
        ["remove-cell"],
        ["remove-input"],
    ]


def test_a_folded_page_stays_as_it_is() -> None:
    folded = notebook()
    fold_code(folded)
    again = nbformat.from_dict(folded)
    fold_code(again)
    assert again == folded


def test_a_page_without_code_gets_none() -> None:
    text = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A")])
    fold_code(text)
    assert len(text.cells) == 1
