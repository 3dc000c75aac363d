"""`fer search`: better settings for a model, by validation images alone."""

from typing import Annotated

import typer

from fer_core.cli.output import Device, Json, Threads, print_json


def search(
    name: Annotated[str, typer.Argument(help="A search: a name in searches/.")],
    device: Device = "auto",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Try settings of a recipe on validation images, go on where it was stopped, and write the best
    as a recipe of the search's name."""
    from fer_core.search_job import run_search
    from fer_core.trials import best_trial, trial_table, write_recipe

    say = (lambda line: None) if json else typer.echo
    record, trials = run_search(name, device, threads, say)
    recipe, best = write_recipe(record, trials), best_trial(record, trials)
    if json:
        table = trial_table(record, trials)
        print_json({"trials": table.to_dict("records"), "best": best and best.number,
                    "recipe": recipe})  # fmt: skip
        return
    where = f"recipe {recipe}" if recipe else "no trial is better than the recipe in use"
    typer.echo(f"{record.folder}: {len(trials)} trials, {where}")
