"""Names in the published PyTorch files of face recognition nets, for trunks of the benchmark.

VGG-Face (Parkhi et al. 2015) and VGGFace2 (Cao et al. 2018) were published for other libraries;
these are the two usual conversions. Their nets take pixels in 0..255 minus a mean; the benchmark
fed the conversions for Keras with 0..1.
"""

from fer_core.models.weights.name_map import NameMap

HEAD = (r"(?!trunk\.).*",)  # ours, that no file has
STAGES = (3, 4, 6, 3)  # bottleneck blocks of ResNet-50
_TRUNK = "trunk"
_DAG = "the conversion pytorch-mcn of S. Albanie, "
_CYDONIA = "cydonia999/VGGFace2-pytorch at 7f3dd7d, "

# the convolutions of VGG-16: name in Caffe -> place in the library's list
_VGG16 = {
    "1_1": 0, "1_2": 2,
    "2_1": 5, "2_2": 7,
    "3_1": 10, "3_2": 12, "3_3": 14,
    "4_1": 17, "4_2": 19, "4_3": 21,
    "5_1": 24, "5_2": 26, "5_3": 28,
}  # fmt: skip

_BOTTLENECK = {
    "1x1_reduce": "conv1",
    "1x1_reduce_bn": "bn1",
    "3x3": "conv2",
    "3x3_bn": "bn2",
    "1x1_increase": "conv3",
    "1x1_increase_bn": "bn3",
    "1x1_proj": "downsample.0",
    "1x1_proj_bn": "downsample.1",
}
_SQUEEZE = {"1x1_down": "se_module.fc1", "1x1_up": "se_module.fc2"}


def _caffe(stem: str, layers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the rules for a ResNet-50 whose layers are called as in Caffe: conv3_1_1x1_reduce."""
    rules = [
        (r"conv1_7x7_s2\.(.+)", rf"trunk.{stem}conv1.\1"),
        (r"conv1_7x7_s2_bn\.(.+)", rf"trunk.{stem}bn1.\1"),
    ]
    for stage, blocks in enumerate(STAGES, start=1):
        for block in range(blocks):
            theirs, ours = f"conv{stage + 1}_{block + 1}", f"trunk.layer{stage}.{block}"
            rules += [
                (rf"{theirs}_{name}\.(.+)", rf"{ours}.{layer}.\1") for name, layer in layers.items()
            ]
    return tuple(rules)


MAPS = (
    NameMap(
        source=_DAG + "vgg_face_dag",
        nets=("vgg16-head",),
        rename=tuple(
            (rf"conv{name}\.(.+)", rf"trunk.features.{place}.\1") for name, place in _VGG16.items()
        ),
        unused=(r"fc[678]\..*",),  # 2,622 people
        kept=HEAD,
        part=_TRUNK,
    ),
    NameMap(
        source=_DAG + "resnet50_ft_dag and resnet50_scratch_dag",
        nets=("resnet50-vggface-head",),
        rename=_caffe("", _BOTTLENECK),
        unused=(r"classifier\..*",),  # 8,631 people
        kept=HEAD,
        part=_TRUNK,
    ),
    NameMap(
        source=_DAG + "senet50_ft_dag and senet50_scratch_dag",
        nets=("senet50-vggface-head",),
        rename=_caffe("layer0.", {**_BOTTLENECK, **_SQUEEZE}),
        unused=(r"classifier\..*",),
        kept=HEAD,
        part=_TRUNK,
    ),
    NameMap(
        source=_CYDONIA + "models/resnet.py",
        nets=("resnet50-vggface-head",),
        rename=((r"(?!fc\.)(.+)", r"trunk.\1"),),
        unused=(r"fc\..*",),
        kept=HEAD,
        part=_TRUNK,
    ),
    NameMap(
        source=_CYDONIA + "models/senet.py",
        nets=("senet50-vggface-head",),
        rename=(
            (r"((?:conv|bn)1\..+)", r"trunk.layer0.\1"),
            (r"(layer\d\.\d+)\.conv4\.(.+)", r"trunk.\1.se_module.fc1.\2"),
            (r"(layer\d\.\d+)\.conv5\.(.+)", r"trunk.\1.se_module.fc2.\2"),
            (r"(layer.+)", r"trunk.\1"),
        ),
        unused=(r"fc\..*",),
        kept=HEAD,
        part=_TRUNK,
    ),
)
