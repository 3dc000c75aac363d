"""The package as a house, at one commit or side by side at several: rooms, their size, the arrows
between them, and circles.

    python benchmarks/house.py 8f55764 HEAD

A room is a folder of `fer_core`, and a storey is what stands on its first level: a folder with all
that is in it, or a file. An arrow leads from one to another of which it imports something, late
imports included; the package's own door, `fer_core/__init__.py` and `__main__.py`, has none. A
circle is a group of modules, or of storeys, of which each leads to each other one. The package is
read, not imported.
"""

import argparse
import ast
import io
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

PACKAGE = "fer_core"
DOORS = (PACKAGE, f"{PACKAGE}.__main__")
Arrows = set[tuple[str, str]]


def read_package(commit: str) -> dict[str, str]:
    """Return the text of each module of the package at a commit by its dotted name."""
    archive = subprocess.run(
        ["git", "archive", commit, PACKAGE], check=True, capture_output=True
    ).stdout
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            content = files.extractfile(member) if member.name.endswith(".py") else None
            if content is not None:
                name = ".".join(PurePosixPath(member.name).with_suffix("").parts)
                found[name.removesuffix(".__init__")] = content.read().decode()
    return found


def room_of(module: str, modules: Iterable[str]) -> str:
    """Return the folder of a module: "top" for those of the package itself."""
    inside = any(other.startswith(f"{module}.") for other in modules)
    parts = module.split(".")[1:] if inside else module.split(".")[1:-1]
    return "/".join(parts) or "top"


def imports_of(module: str, text: str, modules: Iterable[str]) -> set[str]:
    """Return the modules of the package that a module names in its imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= named & set(modules) or {node.module}
    return (found & set(modules)) - {module}


def circles(arrows: Arrows) -> list[list[str]]:
    """Return the groups of names of which each leads to each other one."""
    names = sorted({name for arrow in arrows for name in arrow})
    at = {name: place for place, name in enumerate(names)}
    rows, columns = ([at[arrow[end]] for arrow in arrows] for end in (0, 1))
    graph = csr_matrix((np.ones(len(arrows)), (rows, columns)), shape=(len(names),) * 2)
    count, group = connected_components(graph, directed=True, connection="strong")
    members = [[n for n in names if group[at[n]] == one] for one in range(count)]
    return [some for some in members if len(some) > 1]


def told(found: list[list[str]]) -> str:
    """Return circles as text."""
    return "; ".join(" ↔ ".join(some) for some in found) or "none"


def house(commit: str) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return files and lines of each room, and the counts of the whole house."""
    texts = read_package(commit)
    rooms = {module: room_of(module, texts) for module in texts}
    sizes = pd.DataFrame(
        {"room": rooms, "files": 1, "lines": {m: len(t.splitlines()) for m, t in texts.items()}}
    )
    table = sizes.groupby("room")[["files", "lines"]].sum()
    inside = {m: text for m, text in texts.items() if m not in DOORS}
    arrows = {(m, other) for m, text in inside.items() for other in imports_of(m, text, inside)}
    storeys = {(a.split(".")[1], b.split(".")[1]) for a, b in arrows}
    storeys = {(a, b) for a, b in storeys if a != b}
    facts = {
        "files": len(texts),
        "lines": int(sizes["lines"].sum()),
        "largest room, files": int(table["files"].max()),
        "arrows between storeys": len(storeys),
        "circles of modules": told(circles(arrows)),
        "circles of storeys": told(circles(storeys)),
    }
    return table, facts


def main() -> None:
    """Print the rooms of each commit side by side, and what the whole houses count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commits", nargs="*", default=["HEAD"])
    commits = parser.parse_args().commits
    houses = {commit: house(commit) for commit in commits}
    tables = {commit: table for commit, (table, _) in houses.items()}
    print(pd.concat(tables, axis=1).astype("Int64").to_string(na_rep="–"))
    print()
    for commit, (_, facts) in houses.items():
        print(commit, *(f"  {name}: {value}" for name, value in facts.items()), sep="\n")


if __name__ == "__main__":
    main()
