"""`fer data audit`: copies, shared persons and flags of prepared sets, without a study."""

from collections import Counter
from typing import Annotated, Any

import typer

from fer_core.cli.output import Json, print_json, show_rows

KEPT = (
    *("n", "copies", "conflicting_groups", "copies_between_splits"),
    *("near", "persons_between_splits", "screening", "faces"),
)


def audit(
    names: Annotated[list[str], typer.Argument(help="Prepared data sets.")],
    json: Json = False,
) -> None:
    """Look for copies and shared persons within data sets, and for near copies between them too."""
    from fer_core.data.audit.pairs import near_table
    from fer_core.data.audit.report import audit_facts, near_facts
    from fer_core.data.prepare import load_dataset
    from fer_core.data.summary import summarise

    datasets = [load_dataset(name) for name in dict.fromkeys(names)]
    facts = {d.name: {**summarise(d), "near": near_facts(d)} for d in datasets}
    pairs = near_table(datasets)
    across = pairs[pairs["dataset_a"] != pairs["dataset_b"]]
    found = audit_facts(datasets)
    if json:
        sets = {name: {key: fact[key] for key in KEPT} for name, fact in facts.items()}
        print_json({"datasets": sets, "near": pairs.to_dict("records"), **found})
        return
    show_rows([_row(name, fact) for name, fact in facts.items()], False)
    typer.echo("\nimages of one split that are found again in another")
    show_rows([row for name, fact in facts.items() for row in _shared(name, fact)], False)
    between = Counter(zip(across["dataset_a"], across["dataset_b"], strict=True))
    if between:
        typer.echo("\nnear copies between data sets")
        show_rows([{"dataset": a, "and": b, "pairs": n} for (a, b), n in between.items()], False)
    typer.echo("\nrecall of planted copies")
    kinds: dict[str, dict[str, Any]] = {}
    for row in found["planted"]:
        kinds.setdefault(row["kind"], {"kind": row["kind"]})[row["dataset"]] = row["recall"]
    show_rows(list(kinds.values()), False)


def _row(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    near = facts["near"]
    return {
        "dataset": name,
        "images": facts["n"],
        "byte copies": facts["copies"],
        "near pairs": near["pairs"],
        "mirrored": near["mirrored"],
        "with other labels": near["conflicting"],
        "flagged": ", ".join(f"{reason} {n}" for reason, n in facts["screening"].items()),
    }


def _shared(name: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {
        "byte copies": facts["copies_between_splits"],
        "near copies": facts["near"]["between_splits"],
        "persons": facts["persons_between_splits"],
    }
    return [{"dataset": name, "shared": kind, **counts} for kind, counts in kinds.items()]
