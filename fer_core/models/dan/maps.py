"""The names of DAN's tensors in the files of others."""

from fer_core.models.weights.name_map import NameMap

_HEAD = r"cat_head(\d+)\."

MAPS = (
    NameMap(
        # Trained on RAF-DB or on AffectNet, whose classes have other orders; the file does not say
        # which, so its user names the order.
        source="checkpoint of yaoing/DAN at 3872eef",
        nets=("dan",),
        rename=(
            (r"features\.0\.(.+)", r"trunk.conv1.\1"),
            (r"features\.1\.(.+)", r"trunk.bn1.\1"),
            (r"features\.4\.(.+)", r"trunk.layer1.\1"),
            (r"features\.5\.(.+)", r"trunk.layer2.\1"),
            (r"features\.6\.(.+)", r"trunk.layer3.\1"),
            (r"features\.7\.(.+)", r"trunk.layer4.\1"),
            (_HEAD + r"sa\.conv1x1\.(.+)", r"heads.\1.spatial.reduce.\2"),
            (_HEAD + r"sa\.conv_3x3\.(.+)", r"heads.\1.spatial.square.\2"),
            (_HEAD + r"sa\.conv_1x3\.(.+)", r"heads.\1.spatial.row.\2"),
            (_HEAD + r"sa\.conv_3x1\.(.+)", r"heads.\1.spatial.column.\2"),
            (_HEAD + r"ca\.attention\.(.+)", r"heads.\1.channel.weigh.\2"),
            (r"fc\.(.+)", r"classifier.linear.\1"),
            (r"bn\.(.+)", r"classifier.norm.\1"),
        ),
        kept=("centres",),
    ),
    NameMap(
        source="ResNet-18 under torchvision's names: MS-Celeb-1M (resnet18_msceleb.pth of "
        "yaoing/DAN at 3872eef) or ImageNet (torchvision, timm)",
        nets=("dan",),
        rename=((r"((?:conv1|bn1|layer[1-4])\..+)", r"trunk.\1"),),
        unused=(r"fc\.(weight|bias)",),
        kept=(r"(?!trunk\.).+",),
        part="trunk",
    ),
)
