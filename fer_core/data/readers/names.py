"""Sets that say in the file name what an image shows: who, which emotion, from where."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from fer_core.data.readers.guess import wrong_layout
from fer_core.data.readers.layouts import IMAGE_SUFFIXES, below_root
from fer_core.data.source import Source

NOT_UNDERSTOOD = "name not understood"
TWICE = "same name twice"

Parse = Callable[[str], dict[str, str] | None]


def named_images(source: Source, parse: Parse, layout: str, dataset: str) -> list[dict[str, Any]]:
    """Return one record per image of the source, with the columns that `parse` reads from its name.

    `parse` takes the name without suffix and returns columns, among them `sample_id`, or None.
    A name that it does not understand, and a later image of a name that was there before, are kept
    and excluded; their sample id is their path. Where it understands no name, FerError.
    """
    paths = source.names(*IMAGE_SUFFIXES)
    ids = dict(zip(paths, below_root(paths), strict=True))
    records: list[dict[str, Any]] = []
    seen = set()
    for path in paths:
        columns = parse(PurePosixPath(path).stem)
        if columns is None:
            records.append({"path": path, "sample_id": ids[path], "excluded": NOT_UNDERSTOOD})
        elif columns["sample_id"] in seen:
            records.append({"path": path, **columns, "sample_id": ids[path], "excluded": TWICE})
        else:
            seen.add(columns["sample_id"])
            records.append({"path": path, **columns})
    if not seen:
        raise wrong_layout(source, layout, dataset)
    columns_of_all = {"emotion", "excluded"}.union(*records)
    return [{**dict.fromkeys(sorted(columns_of_all), ""), **record} for record in records]


def listed_only(source: Source) -> Callable[[str], bytes]:
    """Return a `read` for paths of a table: what the source does not hold is a missing file.

    A path such as "../x.jpg" is not looked for outside the source.
    """
    held = set(source.names())

    def read(path: str) -> bytes:
        if path not in held:
            raise FileNotFoundError(path)
        return source.read(path)

    return read
