"""A small measured catalogue, made up."""

from typing import Any

import pandas as pd

MACHINE = {
    "device": "cpu",
    "cpu": "A <b>processor</b>",
    "threads": 2,
    "versions": {"torch": "2.0"},
    "commit": "0123456789abcdef",
    "date": "2026-01-02",
}


def row(model: str, size: int, parameters: int, **changes: Any) -> dict[str, Any]:
    made = {
        "model": model, "family": "BTFER benchmark", "title": f"The {model}", "source": "a | paper",
        "size": size, "parameters": parameters, "training_parameters": parameters,
        "trained": parameters, "macs": 3_604_000, "weights": "none", "options": "",
        "corrected": "", "batch": 8, "images_per_second": 1234.5, "training_batch": 8,
        "training_images_per_second": 4.567,
    }  # fmt: skip
    return {**made, **changes}


NETS = pd.DataFrame(
    [
        row("lenet5", 48, 169_271),
        row("dmue", 224, 11_181_120, training_parameters=69_958_834, options='{"a": true, "b": 3}'),
        row("vggnet", 48, 33_625_927),
        row("zfnet", 48, 21_589_127),
    ]
)
