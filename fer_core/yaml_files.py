"""YAML that people wrote: plain data only, each key once, of a size that a person writes."""

from collections.abc import Hashable
from typing import Any

import yaml

from fer_core.errors import FerError

LONGEST = 1_000_000  # characters
DEEPEST = 50
LARGEST = 2**63  # whole numbers are smaller
MOST_NODES = 100_000  # with each alias counted as often as it stands for its anchor


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which also refuses deep nests, and keys that are equal once read."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.YAMLError(f"it is nested more than {DEEPEST} deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        value = super().construct_object(node, deep)
        if isinstance(value, int) and abs(value) >= LARGEST:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"line {line}: a whole number has more than 64 bits")
        return value

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and isinstance(key, yaml.ScalarNode):
                value = self.construct_object(key)
                if value in seen:
                    line = key.start_mark.line + 1
                    raise yaml.YAMLError(f"line {line}: the key {key.value!r} stands twice")
                seen.add(value)
        return super().construct_mapping(node, deep)


def parse_yaml(text: str | bytes, what: object) -> Any:
    """Return the data of a YAML text; `what` names it in the FerError for a text that is none."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        if len(text) > LONGEST:
            raise yaml.YAMLError(f"it has {len(text):,} characters, more than {LONGEST:,}")
        return _parse(text)
    except UnicodeDecodeError as error:
        raise FerError(f"{what} is not UTF-8 text; save it as such") from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise FerError(f"{what} is not YAML: {' '.join(str(error).split())[:300]}") from error


def _parse(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _expanded(node, {})
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _expanded(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Return how many nodes a tree has when every alias is written out; 0 in `sizes` marks those
    that are being counted, so that one that holds itself is found."""
    if id(node) in sizes:
        if not sizes[id(node)]:
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: a value holds itself")
        return sizes[id(node)]
    sizes[id(node)] = 0
    if isinstance(node, yaml.MappingNode):
        inner = [part for pair in node.value for part in pair]
    else:
        inner = node.value if isinstance(node, yaml.SequenceNode) else []
    total = 1
    for part in inner:
        total += _expanded(part, sizes)
        if total > MOST_NODES:
            raise yaml.YAMLError(f"its aliases stand for more than {MOST_NODES:,} values")
    sizes[id(node)] = total
    return total
