"""What is known of the authors' POSTER++: its tensors, and its outputs for weights made by a rule.

golden/posterpp.keys.csv: name and shape of every tensor of the state dict of Talented-Q/POSTER_V2
at 18de559 (models/PosterV2_7cls.py). golden/posterpp.json: what that net gives in float64 and in
evaluation mode for the tensors of `filled(AUTHORS)` and the images of `images(2, 224)`, both of
tests/models/filled.py.
"""

import json
import math
from pathlib import Path
from typing import Any

from tests.models.filled import shapes_in

GOLDEN = Path(__file__).parent / "golden"
BUFFERS = ("running_mean", "running_var", "num_batches_tracked", "relative_position_index")
AUTHORS = shapes_in(GOLDEN / "posterpp.keys.csv")


def count(names: list[str]) -> int:
    """Return how many parameters the tensors with these names hold; buffers are none."""
    return sum(math.prod(AUTHORS[name]) for name in names if not name.endswith(BUFFERS))


def golden() -> dict[str, Any]:
    """Return the authors' logits and a summary of the output of each of their modules."""
    return json.loads((GOLDEN / "posterpp.json").read_text())
