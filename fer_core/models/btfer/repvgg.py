"""RepVGG-A0, true to its paper: branches that training needs and that one convolution replaces."""

from timm import create_model
from timm.models import reparameterize_model
from torch import Tensor, nn

from fer_core.models.btfer.layers import CLASSIFIER
from fer_core.models.entries import Entry, register


class RepVGG(nn.Module):
    """timm's RepVGG-A0 (`trunk`, up to its 1,280 pooled features) and a linear classifier."""

    def __init__(self, trunk: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.classifier = classifier
        self.feature_info = [
            {"module": f"trunk.{feature['module']}"} for feature in trunk.feature_info
        ]

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, size, size)."""
        return self.classifier(self.trunk(x))

    def deployed(self) -> nn.Module:
        """Return the net with each block's three branches and batch norms as one convolution.

        The same function as this net in evaluation mode, up to rounding; its convolutions are new
        tensors, its classifier is this one's.
        """
        fused = RepVGG(reparameterize_model(self.trunk), self.classifier)
        return fused.train(self.training)


@register(
    Entry(
        "repvgg-a0-deploy",
        "BTFER benchmark",
        "RepVGG-A0",
        "Ding et al. 2021, RepVGG: Making VGG-style ConvNets Great Again; timm's repvgg_a0",
        sizes=(48, 224),
        options={"deployed": False},
        classifier=CLASSIFIER,
        trunk=("trunk", "repvgg_a0"),
    )
)
def build_repvgg(size: int, classes: int, deployed: bool = False) -> nn.Module:
    """Build a RepVGG-A0 that can be re-parameterised, which the benchmark's own "RepVGG" cannot.

    `deployed`: build the fused net alone.
    """
    trunk = create_model("repvgg_a0", pretrained=False, num_classes=0)
    net = RepVGG(trunk, nn.Linear(trunk.num_features, classes))
    return net.deployed() if deployed else net
