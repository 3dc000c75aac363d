"""Nets by name: timm backbones, starting weights, small-input stems, saved weights, Grad-CAM."""

from fer_core.models.create import Model, count_parameters, create_model, list_models
from fer_core.models.input import FromPicture, Input
from fer_core.models.saved import load_model, load_weights, save_weights

__all__ = [
    "FromPicture",
    "Input",
    "Model",
    "count_parameters",
    "create_model",
    "list_models",
    "load_model",
    "load_weights",
    "save_weights",
]
