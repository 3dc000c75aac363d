"""What the authors' files of DMUE call the tensors of ours.

Source: JDAI-CV/FaceX-Zoo at 16b793a, addition_module/DMUE: models/make_model.py (training, and
where the MS-Celeb-1M tensors go), convert_weights.py (deployed), inference.py (labels).
"""

from collections.abc import Sequence

from fer_core.emotions import EMOTIONS
from fer_core.models.weights.name_map import NameMap, State

CLASSES = len(EMOTIONS)
NETS = ("dmue", "dmue-r50ibn")
SOURCE = "JDAI-CV/FaceX-Zoo at 16b793a, DMUE"
AFFECTNET_8 = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt")
TRUNK = r"base\.((?:conv1|bn1|layer[123])\..*)", r"trunk.\1"
NECK = r"bottleneck\.(.*)", r"neck.\1"


def relabel(state: State, index: Sequence[int]) -> State:
    """Return the tensors of a net, a training net's or a deployed one's,
    for another order of its classes.

    `index`: the old place of each class of the new order. Branches change places, each auxiliary
    classifier's rows too, and the confidence estimate reads its statistics in the new order.
    """
    places = {str(old): str(new) for new, old in enumerate(index)}
    columns = [*index, *(len(index) + place for place in index)]
    new = {}
    for name, tensor in state.items():
        part, _, rest = name.partition(".")
        old, _, last = rest.partition(".")
        if part == "auxiliary":
            new[f"{part}.{places[old]}.{last}"] = tensor
        elif part == "auxiliary_classifiers":
            left_out = int(old)
            rows = [place - (place > left_out) for place in index if place != left_out]
            new[f"{part}.{places[old]}.{last}"] = tensor[rows]
        elif part == "classifier":
            new[name] = tensor[list(index)]
        else:
            new[name] = tensor[:, columns] if name == "uncertainty.0.weight" else tensor
    return new


def _target_of_training(classes: int, labels: tuple[str, ...] | None) -> NameMap:
    """Return the map from a training net's file to the net that predicts."""
    return NameMap(
        source=f"{SOURCE}, target branch of a training net of {classes} classes",
        nets=NETS,
        rename=(
            TRUNK,
            NECK,
            (rf"base\.layer4_{classes}\.(.*)", r"layer4.\1"),
            (rf"classifiers\.{classes}\.(.*)", r"classifier.\1"),
        ),
        unused=(
            rf"base\.layer4_[0-{classes - 1}]\..*",
            rf"classifiers\.[0-{classes - 1}]\..*",
            r"project_w\..*",
        ),
        labels=labels,
    )


def _resnet(source: str, prefix: str, unused: str) -> NameMap:
    """Return the map from a whole ResNet's file, whose fourth stage starts every branch."""
    branches = tuple(rf"auxiliary.{c}.\1" for c in range(CLASSES))
    return NameMap(
        source=source,
        nets=NETS,
        rename=(
            (prefix + r"((?:conv1|bn1|layer[123])\..*)", r"trunk.\1"),
            (prefix + r"layer4\.(.*)", (r"layer4.\1", *branches)),
        ),
        unused=(unused,),
        kept=(r"(?!trunk\.|layer4\.|auxiliary\.).*",),
        part="trunk",
    )


MAPS: tuple[NameMap, ...] = (
    NameMap(
        source=f"{SOURCE}, training net of {CLASSES} classes",
        nets=NETS,
        rename=(
            TRUNK,
            NECK,
            (rf"base\.layer4_{CLASSES}\.(.*)", r"layer4.\1"),
            (r"base\.layer4_(\d)\.(.*)", r"auxiliary.\1.\2"),
            (rf"classifiers\.{CLASSES}\.(.*)", r"classifier.\1"),
            (r"classifiers\.(\d)\.(.*)", r"auxiliary_classifiers.\1.\2"),
            (r"project_w\.(.*)", r"uncertainty.\1"),
        ),
        relabel=relabel,
    ),
    _target_of_training(CLASSES, None),
    _target_of_training(8, AFFECTNET_8),
    NameMap(
        source=f"{SOURCE}, deployed net",
        nets=NETS,
        rename=(
            TRUNK,
            NECK,
            (r"base\.(layer4\..*)", r"\1"),
            (r"classifiers\.0\.(.*)", r"classifier.\1"),
        ),
    ),
    _resnet(f"{SOURCE}, MS-Celeb-1M", r"feat_net\.", r".*(?:loss_layer|fc).*"),
    _resnet("a ResNet with the names of torchvision and timm", "", r"fc\..*"),
)
