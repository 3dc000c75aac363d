"""Add a data set: plan it, pack its images, and make of them the prepared data set."""

from pathlib import Path
from typing import Any

from fer_core.data.building import building_dir, locked
from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset, with_current_card
from fer_core.data.own import Own, recorded
from fer_core.data.prepare.build import finish, is_prepared, retold
from fer_core.data.prepare.cutting import Centre, Cutter
from fer_core.data.prepare.plan import Plan, make_plan, read_plan, start
from fer_core.data.prepare.shards import pack
from fer_core.data.registry import get_entry
from fer_core.data.screen import Screening
from fer_core.errors import FerError
from fer_core.facts import RequestFacts, fault, of_today
from fer_core.paths import expand


def add_dataset(
    name: str,
    source_path: Path | str | None = None,
    as_name: str | None = None,
    size: int | None = None,
    progress: bool = True,
    cutter: Cutter | Centre | None = None,
    screening: Screening | None = None,
    own: Own | None = None,
    split: str | None = None,
) -> Dataset:
    """Prepare the registered data set `name` from a folder, zip archive or CSV file, and return it.

    `as_name` keeps it under another name (needed for "folder", a user's own images); `size`
    replaces the side of the stored images; `cutter` finds the face of each image: whole photographs
    need one, `FaceCutter()` for what the command does, the images of other sets are cut to their
    box or their central square without one, and "centre" says so of photographs too; `screening`
    holds the thresholds of the flags; `own` is what the owner of a "folder" says of it, `split` one
    of `fer_core.data.origin.CHOICES`.
    What is already prepared from the same files is not done again, and an interrupted preparation
    goes on where it stopped. Generated sets take no source.
    """
    entry = get_entry(name)
    if entry.read is None:
        looked_for = cutter not in (None, "centre")  # the command says "centre" where none is
        said = (own and own.given) or split
        if source_path or as_name or size or looked_for or screening or said:
            raise FerError(
                f"{name} is generated: it takes no path, other name, size, faces, thresholds, "
                "labels or split; leave them out"
            )
        return load_dataset(name)
    plan = make_plan(name, source_path, as_name, size, cutter, screening, own, split)
    with locked(plan.card.name):
        if is_prepared(plan.card.name, plan.hash):
            return with_current_card(retold(plan), plan.reader)
        facts = {"plan": plan.hash, "n": len(plan.reading.rows), "faces": plan.faces}
        start(plan.card.name, {**facts, "request": {}})
        pack(plan, building_dir(plan.card.name), progress=progress)
        return finish(plan)


def plan_dataset(
    name: str,
    source_path: Path | str | None,
    as_name: str | None = None,
    size: int | None = None,
    cutter: Cutter | Centre | None = None,
    screening: Screening | None = None,
    own: Own | None = None,
    split: str | None = None,
) -> dict[str, Any]:
    """Plan a data set: the first of three steps of `add_dataset`, for preparing
    with many processes.

    Write and return the plan: its hash `plan`, the number `n` of images, the settings of the cutter
    as `faces`, and the `request` from which the other steps are made.
    """
    plan = make_plan(name, source_path, as_name, size, cutter, screening, own, split)
    request = {
        "name": name,
        "source_path": str(expand(source_path or "").absolute()),
        "as_name": as_name,
        "size": size,
        "screening": plan.screening.model_dump(),
        "own": plan.own.given,
        "split": split,
    }
    facts = {"plan": plan.hash, "n": len(plan.reading.rows), "faces": plan.faces}
    with locked(plan.card.name):
        start(plan.card.name, {**facts, "request": request})
    return read_plan(plan.card.name)


def pack_dataset(
    name: str,
    block: tuple[int, int] = (1, 1),
    cutter: Cutter | Centre | None = None,
    progress: bool = True,
) -> None:
    """Pack the block (number from 1, of how many) of the planned data set `name`: the second step.

    Processes on any number of machines that share the folders can pack blocks at once; what is
    packed already is kept. Files or settings that changed since the plan raise FerError.
    """
    plan = _planned(name, cutter)
    pack(plan, building_dir(name), block, progress)


def finish_dataset(name: str, cutter: Cutter | Centre | None = None) -> Dataset:
    """Make the data set, when every block is packed: the third step."""
    plan = _planned(name, cutter)
    with locked(name):
        return finish(plan)


def _planned(name: str, cutter: Cutter | Centre | None) -> Plan:
    made = read_plan(name)
    if wrong := fault(RequestFacts, made["request"]):
        raise FerError(f"{name} has no plan to pack ({wrong}); run `fer data plan` again")
    request = of_today(made["request"])
    screening, own = Screening(**request.pop("screening")), request.pop("own", {})
    said = recorded(own, f"the plan of {name}")
    plan = make_plan(**request, cutter=cutter, screening=screening, own=said)
    if plan.hash != made["plan"]:
        raise FerError(
            f"the files of {name} or the program have changed since it was planned; run "
            "`fer data plan` again"
        )
    return plan
