"""Maps inside the nets, layer by layer, as the notebooks' summaries list them."""

import pytest
import torch

from tests.models.btfer.scratch import build_shapes

# net, side of the image: layer -> (channels, side) of its map, or values
SHAPES = {
    ("sequential-3conv", 48): {
        "features.0": (32, 48), "features.1": (64, 46), "features.2": (64, 23),
        "features.4": (128, 21), "features.5": (128, 10), "features.6": (128, 8),
        "features.8": (512, 8), "features.10": (512, 4), "head.0": 512, "head.1": 1024,
    },
    ("sequential-3conv-flatten", 48): {"features.10": (512, 4), "head.0": 8192, "head.1": 1024},
    ("sequential-4conv", 48): {
        "features.6": (128, 8), "features.8": (256, 6), "features.9": (256, 3),
        "features.10": (256, 1), "features.12": (512, 1), "head.0": 512, "head.1": 1024,
    },
    ("sequential-simple", 48): {"features.0": (32, 46), "features": (256, 4), "head.0": 4096},
    ("sequential-simple", 224): {"features": (256, 26), "head.0": 173_056, "head.1": 512},
    ("ensemble-3cnn", 48): {
        "members.0.features": (128, 6), "members.1.features": (128, 6),
        "members.2.features": (256, 6), "maps": (512, 6),
        "members.0.head": 512, "members.2.head": 512,
    },
    ("modular", 48): {
        "paths.local": (128, 6), "paths.global": (128, 6), "maps": (256, 6),
        "heads.local.0": 4608, "heads.local.1": 512, "heads.global": 256,
    },
    ("modular", 224): {"paths.local": (128, 28), "heads.local.0": 100_352, "heads.local": 256},
    ("smmb", 48): {
        "shared": (64, 48), "face.0": (64, 24), "face.1": (128, 24), "face.2": 73_728, "face": 64,
        "emotion.0": (128, 48), "emotion.1": (128, 24), "emotion.2": (256, 24),
        "emotion": (256, 12), "places": 18_432,
    },
    ("vggnet", 48): {"features": (512, 1), "head.0": 512, "head.1": 4096, "head.2": 4096},
    ("vggnet", 224): {"features": (512, 7), "head.0": 25_088, "head": 4096},
    ("lenet5", 48): {
        "features.0": (6, 44), "features.1": (6, 22), "features.2": (16, 18),
        "features.3": (16, 9), "head.0": 1296, "head.1": 120, "head.2": 84,
    },
    ("alexnet-bn", 48): {
        "features.0": (96, 10), "features.1": (96, 4), "features.3": (256, 4),
        "features.4": (256, 1), "features.7": (384, 1), "features": (256, 1),
        "head.0": 256, "head": 4096,
    },
    ("zfnet", 48): {
        "features.0": (96, 21), "features.1": (96, 10), "features.2": (256, 5),
        "features.3": (256, 2), "features.6": (256, 2), "features": (256, 1), "head": 4096,
    },
    ("mnist-net", 48): {
        "features.2": (128, 48), "features.5": (256, 24), "features.9": (256, 12),
        "features": (256, 6), "head.0": 9216, "head": 1024,
    },
    ("mediapipe-vggnet", 48): {
        "features.0": (1, 48), "features.1": (64, 46), "features.7": (64, 23),
        "features.15": (128, 11), "features.23": (256, 5), "features": (512, 2),
        "head.0": 2048, "head.1": 1024, "head": 256,
    },
    ("resnet18-dense", 48): {
        "features.2": (64, 48), "features.4": (64, 48), "features.6": (128, 24),
        "features.8": (256, 12), "features.10": (512, 6), "head.0": 512, "head": 1024,
    },
    ("resnet18-dense", 224): {
        "features.2": (64, 112), "features.3": (64, 56), "features.5": (64, 56),
        "features.7": (128, 28), "features.9": (256, 14), "features.11": (512, 7),
    },
    ("googlenet-permuted", 48): {
        "features.1": (64, 24), "features.4": (192, 12), "features.5": (176, 12),
        "features.6": (320, 12), "features.8": (224, 6), "features.9": (264, 6),
        "features.11": (280, 3), "features.12": (304, 3), "features.13": (448, 3),
        "features.15": (448, 2), "features.16": (496, 2), "head": 496,
    },
    ("googlenet-permuted", 224): {
        "features.0": (64, 112), "features.1": (64, 56), "features.4": (192, 28),
        "features.6": (320, 28), "features.7": (320, 14), "features.8": (224, 14),
        "features.12": (448, 14),
        "features.14": (448, 7), "features.15": (496, 7), "head": 496,
    },
    ("repvgg-published", 48): {
        "features.2": (64, 24), "features.3": (64, 24), "features.5": (128, 12),
        "features.8": (256, 6), "features.13": (512, 3), "head": 512,
    },
    ("repvgg-published", 224): {"features.2": (64, 112), "features.13": (512, 14)},
}  # fmt: skip


@pytest.mark.parametrize(("name", "size"), SHAPES)
def test_maps_have_the_published_shapes(name, size):
    net = build_shapes(name, size)
    wanted = {layer: _shape(given) for layer, given in SHAPES[name, size].items()}
    seen = {}

    def note(layer):
        return lambda module, given, output: seen.update({layer: tuple(output.shape)})

    for layer in wanted:
        net.get_submodule(layer).register_forward_hook(note(layer))
    net(torch.zeros(2, 3, size, size, device="meta"))
    assert seen == wanted


def _shape(given):
    return (2, given) if isinstance(given, int) else (2, given[0], given[1], given[1])
