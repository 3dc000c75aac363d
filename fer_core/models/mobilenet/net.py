"""MobileNet-v1 at full width: the graph for which weights of face recognition can be had."""

import timm
from torch import nn

from fer_core.errors import FerError
from fer_core.models.entries import Entry, register
from fer_core.models.parts import start_undecided

# Grey values 0 … 255 minus the mean colour, as its weights of face recognition were trained; here
# images are 0 … 1. A random start takes the same, so that nothing but the start differs.
MEAN = tuple(value / 255 for value in (123.68, 116.779, 103.939))
STD = (1 / 255,) * 3


@register(
    Entry(
        "mobilenetv1",
        "baseline",
        "MobileNet-v1",
        "Howard et al. 2017, MobileNets; timm's mobilenetv1_100 with TensorFlow's padding",
        sizes=(96, 48, 112, 224),
        options={"dropout": 0.0},
        mean=MEAN,
        std=STD,
        classifier=("classifier.",),
        cam_layer="blocks.4.1",
    )
)
def build_mobilenetv1(size: int, classes: int, dropout: float) -> nn.Module:
    """Build timm's net; `dropout` is the probability before the classifier."""
    if not 0 <= dropout < 1:
        raise FerError(f"dropout is {dropout}; give a probability from 0 to below 1")
    net = timm.create_model(
        "mobilenetv1_100", pad_type="same", num_classes=classes, drop_rate=dropout
    )
    start_undecided(net.get_classifier())
    return net
