"""The net of a finished run, from the weights that it left on this machine."""

from fer_core.errors import FerError
from fer_core.models import Model, load_model
from fer_core.records import RunRecord
from fer_core.training.provenance import hash_weights


def model_of(record: RunRecord) -> Model:
    """Return the model that a run trained; weights that are absent
    or not its own are a FerError."""
    weights = record.folder / "model.safetensors"
    again = f"delete {record.folder} and train it again"
    if not weights.is_file():
        raise FerError(f"{weights} is not here (weights are not shared); {again}")
    model = load_model(weights)
    if hash_weights(model.net) != record.weights_sha256:
        raise FerError(f"{weights} is not the net of this run; {again}")
    return model
