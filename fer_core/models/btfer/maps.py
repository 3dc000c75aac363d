"""Names in published files of weights, for trunks of the benchmark: of face recognition nets in
PyTorch's files, of ImageNet nets in those of Keras.

VGG-Face (Parkhi et al. 2015) and VGGFace2 (Cao et al. 2018) were published for other libraries;
these are the two usual conversions. Their nets take pixels in 0..255 minus a mean; the benchmark
fed the conversions for Keras with 0..1.

Of Keras's files without classifiers those are here whose net is the trunk's graph, so that its
features come out. The weights are taken as they are, and the input stays the benchmark's, pixels
in 0..1, whatever a net was trained with (VGG: means taken off 0..255, blue first; DenseNet:
normalised; EfficientNetV2: normalised by two layers in front of the trunk, without weights).
"""

from itertools import accumulate
from string import ascii_lowercase

from fer_core.models.weights.name_map import NameMap, State

HEAD = (r"(?!trunk\.).*",)  # ours, that no file has
STAGES = (3, 4, 6, 3)  # bottleneck blocks of ResNet-50
_TRUNK = "trunk"
_DAG = "the conversion pytorch-mcn of S. Albanie, "
_CYDONIA = "cydonia999/VGGFace2-pytorch at 7f3dd7d, "
_KERAS = "keras.applications (3.15.1), "
_NO_TOP = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
DENSENET_EPS = 1.001e-5 - 1e-5  # what Keras's batch norms add beyond those of the trunk

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


def _vgg(theirs: str, *blocks: int) -> tuple[tuple[str, str], ...]:
    """Return the rules for VGG's convolutions, which `theirs` names by block and layer; `blocks`:
    how many each has. In the library's list a ReLU follows each, and a pool each block."""
    starts = accumulate((2 * layers + 1 for layers in blocks), initial=0)
    return tuple(
        (theirs.format(block, layer + 1) + r"\.(.+)", rf"trunk.features.{start + 2 * layer}.\1")
        for block, (layers, start) in enumerate(zip(blocks, starts, strict=False), start=1)
        for layer in range(layers)
    )


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


def _densenet() -> tuple[tuple[str, str], ...]:
    """Return the rules for DenseNet-121. Keras 2 wrote conv1/bn where Keras 3 has conv1_bn."""
    rules = [
        (r"conv1[/_]conv\.(.+)", r"trunk.features.conv0.\1"),
        (r"conv1[/_]bn\.(.+)", r"trunk.features.norm0.\1"),
        (r"bn\.(.+)", r"trunk.features.norm5.\1"),
    ]
    layers = {"0_bn": "norm1", "1_conv": "conv1", "1_bn": "norm2", "2_conv": "conv2"}
    for block in (1, 2, 3, 4):
        theirs, ours = rf"conv{block + 1}_block(\d+)", f"trunk.features.denseblock{block}"
        rules += [
            (rf"{theirs}_{name}\.(.+)", rf"{ours}.denselayer\1.{layer}.\2")
            for name, layer in layers.items()
        ]
    for number in (1, 2, 3):
        theirs, ours = f"pool{number + 1}", f"trunk.features.transition{number}"
        rules += [
            (rf"{theirs}_bn\.(.+)", rf"{ours}.norm.\1"),
            (rf"{theirs}_conv\.(.+)", rf"{ours}.conv.\1"),
        ]
    return tuple(rules)


def _with_densenets_eps(state: State) -> State:
    """Return the tensors with what Keras adds to a variance beyond the trunk's batch norms."""
    return {
        name: tensor + DENSENET_EPS if name.endswith("running_var") else tensor
        for name, tensor in state.items()
    }


# The blocks of EfficientNetV2-B0 by stage, and what their layers are called.
_ONE = {"project_conv": "conv", "project_bn": "bn1"}
_FUSED = {
    "expand_conv": "conv_exp",
    "expand_bn": "bn1",
    "project_conv": "conv_pwl",
    "project_bn": "bn2",
}
_WHOLE = {
    "expand_conv": "conv_pw",
    "expand_bn": "bn1",
    "dwconv2": "conv_dw",
    "bn": "bn2",
    "se_reduce": "se.conv_reduce",
    "se_expand": "se.conv_expand",
    "project_conv": "conv_pwl",
    "project_bn": "bn3",
}
_EFFICIENT = ((1, _ONE), (2, _FUSED), (2, _FUSED), (3, _WHOLE), (5, _WHOLE), (8, _WHOLE))


def _efficientnet() -> tuple[tuple[str, str], ...]:
    """Return the rules for EfficientNetV2-B0: Keras calls its blocks block1a, block2a, block2b."""
    rules = [
        (r"stem_conv\.(.+)", r"trunk.conv_stem.\1"),
        (r"stem_bn\.(.+)", r"trunk.bn1.\1"),
        (r"top_conv\.(.+)", r"trunk.conv_head.\1"),
        (r"top_bn\.(.+)", r"trunk.bn2.\1"),
    ]
    for stage, (blocks, layers) in enumerate(_EFFICIENT):
        for block in range(blocks):
            theirs = f"block{stage + 1}{ascii_lowercase[block]}"
            ours = f"trunk.blocks.{stage}.{block}"
            rules += [
                (rf"{theirs}_{name}\.(.+)", rf"{ours}.{layer}.\1") for name, layer in layers.items()
            ]
    return tuple(rules)


MAPS = (
    NameMap(
        source=_DAG + "vgg_face_dag",
        nets=("vgg16-head",),
        rename=_vgg("conv{}_{}", 2, 2, 3, 3, 3),
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
    NameMap(
        source=f"{_KERAS}vgg16{_NO_TOP}",
        nets=("vgg16-head",),
        rename=_vgg("block{}_conv{}", 2, 2, 3, 3, 3),
        kept=HEAD,
        part=_TRUNK,
        released=True,
    ),
    NameMap(
        source=f"{_KERAS}vgg19{_NO_TOP}",
        nets=("vgg19-head",),
        rename=_vgg("block{}_conv{}", 2, 2, 4, 4, 4),
        kept=HEAD,
        part=_TRUNK,
        released=True,
    ),
    NameMap(
        source=f"{_KERAS}densenet121{_NO_TOP} (1e-8 added to variances, for its epsilon)",
        nets=("densenet121-head",),
        rename=_densenet(),
        kept=HEAD,
        part=_TRUNK,
        released=True,
        convert=_with_densenets_eps,
    ),
    NameMap(
        source=f"{_KERAS}efficientnetv2-b0_notop.h5",
        nets=("efficientnetv2b0-head",),
        rename=_efficientnet(),
        kept=HEAD,
        part=_TRUNK,
        released=True,
    ),
)
