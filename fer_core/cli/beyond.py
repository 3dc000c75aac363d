"""`fer beyond`: methods of domain generalisation against plain training."""

from typing import Annotated

import typer

from fer_core.cli.output import Json, print_json
from fer_core.errors import unknown


def beyond(
    held_out: Annotated[
        list[str] | None, typer.Option("--held-out", help="Only without this source; repeatable.")
    ] = None,
    json: Json = False,
) -> None:
    """Train and test ten methods on all sources but one, for each source and seed, on one thread.

    What is done is kept and not made again; an interrupted command goes on where it stopped.
    """
    from fer_core.beyond.methods import TRAININGS
    from fer_core.beyond.prepared import prepare
    from fer_core.beyond.record import Settings
    from fer_core.beyond.run import leave_facts, run_training
    from fer_core.training.seeds import be_deterministic, pick_device, use_threads

    settings = Settings()
    for name in held_out or ():
        if name not in settings.sources:
            raise unknown("source", name, settings.sources)
    use_threads(1)
    be_deterministic(pick_device("cpu"))
    prepared = prepare(settings)
    leave_facts(prepared.sets)
    every = [
        (name, training, seed)
        for seed in settings.seeds
        for name in held_out or settings.sources
        for training in TRAININGS
    ]
    records = []
    for number, cell in enumerate(every, 1):
        record = run_training(prepared, *cell)
        records.append(record.model_dump(mode="json"))
        found = ", ".join(f"{name} {one['macro_f1']:.3f}" for name, one in record.chosen.items())
        typer.echo(
            f"{number}/{len(every)} {record.held_out} held out, seed {record.seed}: macro-F1 on "
            f"validation images {found}",
            err=True,
        )
    if json:
        print_json(records)
