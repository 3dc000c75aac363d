"""A net whose input is larger than a store: refused where the source images have more to show."""

from collections.abc import Collection, Iterable
from typing import Any

from fer_core.data.dataset import Dataset, dataset_dir, read_facts
from fer_core.data.framing import Framing, enlarged, parts
from fer_core.errors import FerError


def fed(dataset: Dataset, size: int) -> dict[str, Any]:
    """Return what `run.json` says of a data set's pixels: its framing, and whether a net of input
    `size` enlarges them."""
    return {"framing": dataset.framing, "enlarged": enlarged(dataset.framing, size)}


def require_sharp(
    datasets: Iterable[Dataset], size: int, model: str, allowed: Collection[str]
) -> None:
    """Raise FerError, with the commands that mend it, where a net of input `size` would enlarge
    images whose sources have more to show, in a set that is not `allowed`."""
    small = {
        one.name: one
        for one in datasets
        if one.name not in allowed and enlarged(one.framing, size) == "source larger"
    }
    if not small:
        return
    told = ", ".join(_small(name, one.framing, size) for name, one in small.items())
    commands = ", ".join(
        f"`{larger_store(name, one.framing, size)}`" for name, one in small.items()
    )
    raise FerError(
        f"{model} takes images of {size} px, and {told}: it would be fed enlarged, blurred images; "
        f"prepare larger stores with {commands} and the other options as before, or use them as "
        f"they are, marked, with `upsample: [{', '.join((*allowed, *small))}]` in the study file"
    )


def _small(name: str, framing: Framing, size: int) -> str:
    """Say how large the images of a data set are and how large they are stored."""
    return " and ".join(
        f"{f'{source}, a source of {name},' if source else name} is stored at {part['store']} px "
        f"of up to {part['source']['largest']:.0f} px"
        for source, part in parts(framing).items()
        if enlarged(part, size) == "source larger"
    )


def larger_store(name: str, framing: Framing, size: int) -> str:
    """Return the commands that prepare a data set's store anew, with another side."""
    sources = framing.get("sources")
    if sources:  # its pixels are those of their stores
        few = [one for one, own in sources.items() if enlarged(own, size) == "source larger"]
        first = [larger_store(one, sources[one], size) for one in few]
        of = " ".join(f"--of {source}" for source in sources)
        return " && ".join([*first, f"fer data compile {name} {of} --size {size}"])
    reader = (read_facts(dataset_dir(name)) or {}).get("reader", name)
    own = "" if reader == name else f" --as {name}"
    return f"fer data add {reader} PATH{own} --size {size}"
