"""What published files call the tensors of POSTER++.

The names of the authors' checkpoints are those of the state dict of Talented-Q/POSTER_V2 at 18de559
(models/PosterV2_7cls.py), and the order of their seven outputs is not documented. Their code loads
its two starting files into one part of the net by name, so that these have the same names without
the part's prefix; ir50.pth may also have those of the face recognition net that it comes from.
"""

from itertools import product

from fer_core.models.weights.name_map import NameMap

Rules = tuple[tuple[str, str], ...]

POSTER_V2 = "Talented-Q/POSTER_V2 at 18de559"
EVOLVE = "ZhaoJ9014/face.evoLVe at 0c08eca, backbone/model_irse.py"
UNITS = (3, 4, 14)
DEPTHWISE = (("conv", "expand"), ("conv_dw", "depthwise"), ("project", "project"))
RESIDUAL = (("res_layer", "residual"), ("shortcut_layer", "shortcut"))


def _under(*pairs: tuple[str, str]) -> Rules:
    """Return a rule for all tensors of each of their modules: (theirs, ours)."""
    return tuple((rf"{theirs}\.(.+)", rf"{ours}.\1") for theirs, ours in pairs)


def _landmarks(prefix: str = "") -> Rules:
    rules = _under(
        (rf"{prefix}conv1", "landmarks.stem.0"),
        (rf"{prefix}conv2_dw", "landmarks.stem.1"),
        (rf"{prefix}conv_6_sep", "landmarks.last"),
    )
    stages = enumerate((("conv_23", "conv_3"), ("conv_34", "conv_4"), ("conv_45", "conv_5")))
    for (stage, (down, blocks)), (part, name) in product(stages, DEPTHWISE):
        ours = f"landmarks.stages.{stage}"
        rules += (
            (rf"{prefix}{down}\.{part}\.(.+)", rf"{ours}.down.{name}.\1"),
            (rf"{prefix}{blocks}\.model\.(\d+)\.{part}\.(.+)", rf"{ours}.blocks.\1.{name}.\2"),
        )
    return rules


def _image(prefix: str = "") -> Rules:
    rules = _under((rf"{prefix}input_layer", "image.stem"))
    for stage, (part, name) in product(range(len(UNITS)), RESIDUAL):
        theirs = rf"{prefix}body{stage + 1}\.(\d+)\.{part}\.(.+)"
        rules += ((theirs, rf"image.stages.{stage}.\1.{name}.\2"),)
    return rules


def _image_in_one_row() -> Rules:
    """Return the rules for a file that numbers the units of all stages in one row."""
    units = [(stage, unit) for stage, count in enumerate(UNITS) for unit in range(count)]
    rules = _under(("input_layer", "image.stem"))
    for (number, (stage, unit)), (part, name) in product(enumerate(units), RESIDUAL):
        rules += _under((rf"body\.{number}\.{part}", f"image.stages.{stage}.{unit}.{name}"))
    return rules


def _scales() -> Rules:
    rules: Rules = ()
    for scale in range(len(UNITS)):
        ours, number = f"scales.{scale}", scale + 1
        table = "relative_position_bias_table"
        rules += ((rf"attn{number}\.{table}", f"{ours}.attention.position.{table}"),)
        rules += _under(
            (rf"attn{number}\.qkv", f"{ours}.attention.kv"),
            (rf"attn{number}\.proj", f"{ours}.attention.proj"),
            (f"conv{number}", f"{ours}.halve"),
            (rf"window{number}\.norm", f"{ours}.norm"),
            (f"ffn{number}", f"{ours}.ffn"),
        )
    return rules + _under(
        ("embed_q", "scales.0.embed"),
        ("embed_k", "scales.1.embed"),
        (r"embed_v\.proj", "scales.2.embed.0"),
    )


def _head() -> Rules:
    return (
        *_under(
            ("last_face_conv", "landmark_conv"),
            (r"VIT\.se_block\.linear1", "head.gate.0"),
            (r"VIT\.se_block\.linear2", "head.gate.2"),
            (r"VIT\.head\.linear", "head.linear"),
        ),
        (r"VIT\.blocks\.(\d)\.attn\.(.+)", r"head.blocks.\1.\2"),
        (r"VIT\.(.+)", r"head.\1"),
    )


# The landmark head, IR-50's embedding, what is left of other transformers, and index tables.
UNUSED = (
    r"face_landback\.output_layer\..+",
    r"ir_back\.output_layer\..+",
    r"VIT\.(patch_embed|eca_block|CON1|IRLinear1|IRLinear2)\..+",
    r"VIT\.blocks\.\d\.conv\..+",
    r"attn\d\.relative_position_index",
)

MAPS = (
    NameMap(
        POSTER_V2,
        ("posterpp",),
        _landmarks(r"face_landback\.") + _image(r"ir_back\.") + _scales() + _head(),
        unused=UNUSED,
    ),
    NameMap(
        f"ir50.pth of {POSTER_V2}",
        ("posterpp",),
        _image(),
        unused=(r"output_layer\..+", r"body4\..+"),
        kept=(r"(?!image\.).+",),
        part="ir50",
    ),
    NameMap(
        f"IR-50 of {EVOLVE}",
        ("posterpp",),
        _image_in_one_row(),
        unused=(r"output_layer\..+", r"body\.2[123]\..+"),
        kept=(r"(?!image\.).+",),
        part="ir50",
    ),
    NameMap(
        f"mobilefacenet_model_best.pth.tar of {POSTER_V2}",
        ("posterpp",),
        _landmarks(),
        unused=(r"output_layer\..+",),
        kept=(r"(?!landmarks\.).+",),
        part="mobilefacenet",
    ),
)
