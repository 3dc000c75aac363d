"""`fer data audit`: copies, shared persons and flags of prepared sets, without a study."""

from typing import Annotated, Any

import typer

from fer_core.cli.output import Json, print_json, show_rows

NONE, UNKNOWN = "none found", "unknown"

KEPT = (
    *("n", "copies", "conflicting_groups", "copies_between_splits"),
    *("near", "persons_between_splits", "screening", "faces"),
)


def audit(
    names: Annotated[list[str], typer.Argument(help="Prepared data sets.")],
    json: Json = False,
) -> None:
    """Look for byte copies, near copies and shared persons, within data sets and between them."""
    from fer_core.data.audit.report import audit_facts
    from fer_core.data.copies.pairs import near_facts, near_table
    from fer_core.data.copies.shared import shared_table
    from fer_core.data.load import load_dataset
    from fer_core.data.summary import summarise

    datasets = [load_dataset(name) for name in dict.fromkeys(names)]
    facts = {d.name: {**summarise(d), "near": near_facts(d)} for d in datasets}
    table = shared_table(datasets)
    shared: list[Any] = table.astype(object).where(table.notna(), None).to_dict("records")
    found = audit_facts(datasets)
    if json:
        sets = {name: {key: fact[key] for key in KEPT} for name, fact in facts.items()}
        near = near_table(datasets).to_dict("records")
        print_json({"datasets": sets, "shared": shared, "near": near, **found})
        return
    show_rows([_row(name, fact) for name, fact in facts.items()], False)
    typer.echo("\nimages of one split that are found again in another")
    show_rows([row for name, fact in facts.items() for row in _shared(name, fact)], False)
    typer.echo("\nshared by two data sets")
    alone = "only one data set was named"
    show_rows([_between(row) for row in shared], False, alone)
    typer.echo("\nrecall of planted copies")
    kinds: dict[str, dict[str, Any]] = {}
    for row in found["planted"]:
        kinds.setdefault(row["kind"], {"kind": row["kind"]})[row["dataset"]] = row["recall"]
    show_rows(list(kinds.values()), False, "no image to plant copies of")


def _row(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    near = facts["near"]
    return {
        "dataset": name,
        "images": facts["n"],
        "byte copies": facts["copies"],
        "near pairs": near["pairs"],
        "mirrored": near["mirrored"],
        "with other labels": near["conflicting"],
        "flagged": ", ".join(f"{r} {n}" for r, n in facts["screening"].items()) or NONE,
    }


def _shared(name: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {
        "byte copies": facts["copies_between_splits"],
        "near copies": facts["near"]["between_splits"],
        "persons": facts["persons_between_splits"],
    }
    splits = facts["copies_between_splits"]
    return [
        {"dataset": name, "shared": kind, **{s: _said(counts.get(s)) for s in splits}}
        for kind, counts in kinds.items()
    ]


def _between(row: dict[str, Any]) -> dict[str, str]:
    """Say in words what two data sets share: byte copies as images of either side."""
    a, b = (f"{row[f'copies_{x}']:,} of {row[f'images_{x}']:,}" for x in "ab")
    return {
        "dataset": row["dataset_a"],
        "and": row["dataset_b"],
        "byte copies": f"{a} and {b}" if row["copies_a"] else NONE,
        "near pairs": _said(row["near"]),
        "persons": _said(row["persons"]),
    }


def _said(count: int | None) -> str:
    return UNKNOWN if count is None else f"{count:,}" if count else NONE
