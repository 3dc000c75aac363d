"""The benchmark's plain stacks of convolutions, built as in its notebooks."""

from torch import nn

from fer_core.models.btfer.layers import (
    CLASSIFIER,
    NOTEBOOKS,
    assemble,
    batch_norm,
    conv_relu,
    dense,
    global_average,
    max_pool,
)
from fer_core.models.entries import Entry, register


def _first_convolutions() -> list[nn.Module]:
    """Return the layers from 48x48 to 8x8x128 that the 3Conv and 4Conv nets share."""
    return [
        conv_relu(3, 32),
        conv_relu(32, 64, same=False),  # 46
        max_pool(),  # 23
        nn.Dropout(0.25),
        conv_relu(64, 128, same=False),  # 21
        max_pool(),  # 10
        conv_relu(128, 128, same=False),  # 8
        nn.Dropout(0.25),
    ]


def _three_blocks(pool: nn.Module, width: int, classes: int) -> nn.Module:
    last = [conv_relu(128, 512), batch_norm(512), max_pool(), nn.Dropout(0.2)]  # 8, then 4
    head = [pool, dense(width, 1024), nn.Dropout(0.5)]
    return assemble([*_first_convolutions(), *last], head, 1024, classes)


@register(
    Entry(
        "sequential-3conv",
        "BTFER benchmark",
        "Sequential 3Conv (GAP)",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/Model 9",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_3conv(size: int, classes: int) -> nn.Module:
    """Build five convolutions, global average, 1024, classes.

    The paper puts the second pool after both convolutions of the 128-channel block; the notebook,
    and so this net, between them.
    """
    return _three_blocks(global_average(), 512, classes)


@register(
    Entry(
        "sequential-3conv-flatten",
        "BTFER benchmark",
        "Sequential 3Conv (Flatten)",
        NOTEBOOKS + "48 x 48 - SIMPLE/FER2013/Model 9",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_3conv_flatten(size: int, classes: int) -> nn.Module:
    """Build Sequential 3Conv with all 4x4x512 values in its head: what the paper's row for FER2013
    with simple weights measured, though its table gives the size of the other."""
    return _three_blocks(nn.Flatten(), 512 * 4 * 4, classes)


@register(
    Entry(
        "sequential-4conv",
        "BTFER benchmark",
        "Sequential 4Conv",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/Model 10",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_4conv(size: int, classes: int) -> nn.Module:
    """Build seven convolutions, in spite of the name, down to a single place."""
    last = [
        conv_relu(128, 256, same=False),  # 6
        max_pool(),  # 3
        conv_relu(256, 256, same=False),  # 1
        nn.Dropout(0.25),
        conv_relu(256, 512),
        batch_norm(512),
        nn.Dropout(0.2),
    ]
    head = [nn.Flatten(), dense(512, 1024), nn.Dropout(0.5)]
    return assemble([*_first_convolutions(), *last], head, 1024, classes)


@register(
    Entry(
        "sequential-simple",
        "BTFER benchmark",
        "Sequential Simple",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/Sequential, 224 x 224 - Simple/RAFDB/Sequential 1",
        sizes=(48, 224),
        classifier=CLASSIFIER,
    )
)
def build_simple(size: int, classes: int) -> nn.Module:
    """Build four convolutions without padding; at 224 px the first dense layer has 88.6 million of
    the 89 million parameters, where the paper's table says 22 million in all."""
    side = {48: 4, 224: 26}[size]
    features: list[nn.Module] = [conv_relu(3, 32, same=False)]
    for inputs, outputs in ((32, 64), (64, 128), (128, 256)):
        features += [conv_relu(inputs, outputs, same=False), max_pool(), nn.Dropout(0.1)]
    head = [nn.Flatten(), dense(256 * side * side, 512), nn.Dropout(0.2)]
    return assemble(features, head, 512, classes)
