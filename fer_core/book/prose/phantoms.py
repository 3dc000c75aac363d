"""The badge of a study on drawn faces: none of its scores is about people."""

from fer_core.data.registry import get_entry, list_datasets
from fer_core.study import Study

BADGE = (
    ":::{warning}\n**Not about people.** Phantoms are drawn faces whose emotion is known. They "
    "check the instruments: no score here says anything about real faces.\n:::"
)


def about_phantoms(study: Study) -> str:
    """Return the badge of a study all of whose data sets are drawn here; "" for any other."""
    known = list_datasets()
    drawn = (name in known and get_entry(name).generate is not None for name in study.datasets())
    return BADGE if all(drawn) else ""
