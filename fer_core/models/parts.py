"""Trunk and head of a net: what was learned elsewhere, and what turns it into our emotions."""

from collections.abc import Iterable, Sequence

from torch import nn

from fer_core.models.entries import Entry

TRUNK = "trunk."
HEAD_STD = 0.01  # spread of a new classifier's first weights


def head_of(net: nn.Module, entry: Entry | None = None) -> tuple[str, ...]:
    """Return prefixes of the names of the tensors in a net's head.

    A net of timm: its classifier. A net of ours with a submodule `trunk`: all that is not in it.
    Another net of ours: its classifier. All other tensors are the trunk.
    """
    if entry is None:
        return _timm_classifier(net)
    prefixes = {name.split(".")[0] + "." for name, _ in net.named_modules() if name}
    if TRUNK not in prefixes:
        return entry.classifier
    own = {f"{name}." for name, _ in net.named_parameters(recurse=False)}
    return tuple(sorted((prefixes | own) - {TRUNK}))


def of_part(names: Iterable[str], part: str, head: Sequence[str]) -> list[str]:
    """Return the names, of tensors or of modules, that belong to "all" of a net, or to its "head"
    or its "trunk"."""
    if part == "all":
        return list(names)
    return [name for name in names if f"{name}.".startswith(tuple(head)) == (part == "head")]


def start_undecided(head: nn.Module) -> None:
    """Let the first logits be near 0, so that the first loss is near log 7.

    Some of timm's heads start with a spread of 1/sqrt(classes): with 1,280 features that is a loss
    of 5, whose gradients spoil pretrained weights before the head has learned anything.
    """
    if isinstance(head, nn.Linear | nn.Conv2d):
        nn.init.trunc_normal_(head.weight, std=HEAD_STD)
        if head.bias is not None:
            nn.init.zeros_(head.bias)


def _timm_classifier(net: nn.Module) -> tuple[str, ...]:
    found = net.get_classifier()
    layers = found if isinstance(found, tuple | list) else (found,)
    return tuple(f"{name}." for name, module in net.named_modules() if module in layers)
