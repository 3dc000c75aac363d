"""Names in the published files of face recognition nets, for the VGGFace2 net."""

from fer_core.models.weights.name_map import NameMap

MAPS = (
    NameMap(
        source="facenet-pytorch 2.6.0, 20180402-114759-vggface2.pt",
        nets=("vggface2-dropout",),
        rename=((r"(?!logits\.)(.+)", r"trunk.\1"),),
        unused=(r"logits\..*",),  # 8,631 people
        kept=(r"(?!trunk\.).*",),
        part="trunk",
    ),
)
