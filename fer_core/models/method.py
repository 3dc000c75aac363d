"""What a net may bring along when its method is more than logits and cross entropy.

A net of `fer_core.models` is an `nn.Module` from images (B, 3, size, size) to logits (B, classes).
It may also have any of these members; the functions below call them, or do what is usual where a
net has none, so that the training loop knows no method by name.

    training_loss(x, y, criterion, epoch) -> (loss, logits)
        the loss of one training batch and the logits (B, classes) that it is scored by;
        `criterion(logits, y)` is the recipe's loss, `epoch` counts from 0
    unoptimised: Collection[str]
        names (or prefixes that end with ".") of parameters that gradients reach and no optimiser
        changes
    images_per_class: int
        every training batch needs at least so many images of each emotion
    deployed() -> nn.Module
        the net that predicts, without what only training needs; shares its tensors; in evaluation
        mode both give the same logits
"""

from collections.abc import Callable

from torch import Tensor, nn

Criterion = Callable[[Tensor, Tensor], Tensor]


def training_loss(
    net: nn.Module, x: Tensor, y: Tensor, criterion: Criterion, epoch: int
) -> tuple[Tensor, Tensor]:
    """Return the loss of a batch, images x (B, 3, size, size) and labels y (B,), and its logits
    (B, classes): the net's own, else `criterion` on its logits."""
    if has_own_loss(net):
        return net.training_loss(x, y, criterion, epoch)  # type: ignore[operator]
    logits = net(x)
    return criterion(logits, y), logits  # autocast takes log-softmax in float32 by itself


def trained_parameters(net: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters that an optimiser may change, by name."""
    left_out = tuple(getattr(net, "unoptimised", ()))
    return {
        name: parameter
        for name, parameter in net.named_parameters()
        if parameter.requires_grad and not any(_is_of(name, other) for other in left_out)
    }


def has_own_loss(net: nn.Module) -> bool:
    """Say whether a net has a loss of its own, which is of a whole batch and of one label each."""
    return hasattr(net, "training_loss")


def images_per_class(net: nn.Module) -> int:
    """Return how many images of each emotion a training batch must hold."""
    return int(getattr(net, "images_per_class", 0))


def deployed(net: nn.Module) -> nn.Module:
    """Return the net that predicts: `net` itself where training needs nothing more."""
    own = getattr(net, "deployed", None)
    return net if own is None else own()


def _is_of(name: str, other: str) -> bool:
    return name.startswith(other) if other.endswith(".") else name == other
