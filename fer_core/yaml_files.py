"""YAML that people wrote: plain data only, each key once, of a size that a person writes."""

from collections.abc import Hashable
from typing import Any

import yaml

from fer_core.errors import FerError

LONGEST = 1_000_000  # characters
DEEPEST = 50
MOST_ALIASES = 200


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which also refuses keys that stand twice, deep nests and many
    aliases."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth, self.aliases = 0, 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.aliases += self.check_event(yaml.AliasEvent)
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.YAMLError(f"it is nested more than {DEEPEST} deep")
        if self.aliases > MOST_ALIASES:
            raise yaml.YAMLError(f"it has more than {MOST_ALIASES} aliases")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise yaml.YAMLError(f"line {line}: the key {key.value!r} stands twice")
                seen.add(key.value)
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
        return loader.get_single_data()
    finally:
        loader.dispose()
