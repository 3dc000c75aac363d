"""Whether a net takes an input of another side than its own."""

import torch

from fer_core.models.create import Model


def refuses_side(model: Model, side: int) -> str:
    """Say why a net takes no input of `side` px, "" where it does: nets are asked, not looked up,
    because every family refuses in its own way."""
    if side == model.input.size:
        return ""
    device = next(model.net.parameters()).device
    training = model.net.training
    try:
        with torch.inference_mode():
            answer = model.net.eval()(torch.zeros(1, 3, side, side, device=device))
        if answer.shape != (1, len(model.classes)) or not answer.isfinite().all():
            return "it gives no finite answer"
        return ""
    except Exception as error:
        return " ".join(str(error).split())[:120] or type(error).__name__
    finally:
        model.net.train(training)
