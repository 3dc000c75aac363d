"""What decides the rows and pixels of a data set, as one hash."""

import hashlib
import json
from typing import Any

from fer_core.data.card import Card
from fer_core.data.dataset import FORMAT


def plan_hash_of(
    card: Card, reader: str, files: str, faces: dict[str, Any] | None, more: dict[str, Any]
) -> str:
    keys = {"name", "store_size", "channels", "crop", "generated", "version"}
    facts = {"format": FORMAT, "card": card.model_dump(include=keys), "reader": reader}
    facts |= {"files": files, "faces": faces, **more}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
