"""Another project's names become ours."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.models.weights.name_map import NameMap, matches, new_names, rename

PLAIN = NameMap(
    source="a project",
    nets=("a-net",),
    rename=(
        (r"body\.(\d+)\.(.+)", r"trunk.\1.\2"),
        (r"top\.(.+)", (r"branches.0.\1", r"branches.1.\1")),
        (r"body\..+", "too late"),
    ),
    unused=(r"junk\..+",),
)
NAMES = st.lists(
    st.tuples(st.sampled_from(("body", "top", "junk", "other")), st.sampled_from("0123")).map(
        lambda words: f"{words[0]}.{words[1]}.weight"
    ),
    unique=True,
)


def numbered(*names: str) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(float(place)) for place, name in enumerate(names)}


def test_the_first_rule_that_matches_the_whole_name_renames_it() -> None:
    renamed = rename(numbered("body.3.weight", "body.bias", "abody.3.weight"), PLAIN)
    assert {name: int(tensor) for name, tensor in renamed.items()} == {
        "trunk.3.weight": 0,
        "too late": 1,
        "abody.3.weight": 2,
    }


def test_one_of_theirs_can_fill_several_of_ours() -> None:
    state = numbered("top.weight")
    renamed = rename(state, PLAIN)
    assert list(renamed) == ["branches.0.weight", "branches.1.weight"]
    assert all(tensor is state["top.weight"] for tensor in renamed.values())


def test_what_the_map_calls_unused_is_left_out_even_if_a_rule_would_rename_it() -> None:
    both = NameMap("a project", ("a-net",), rename=((r"(.+)", r"x.\1"),), unused=("fc.*",))
    assert list(rename(numbered("fc.weight", "conv.weight"), both)) == ["x.conv.weight"]
    assert new_names(["fc.weight"], both) == {"fc.weight": ()}


def test_two_tensors_that_become_one_are_refused() -> None:
    merging = NameMap("a project", ("a-net",), rename=((r"(a|b)\.weight", "c.weight"),))
    with pytest.raises(FerError, match=r"b.weight one of them, are c.weight by the map a project"):
        rename(numbered("a.weight", "b.weight"), merging)


@given(NAMES)
def test_every_tensor_of_theirs_is_renamed_kept_or_unused_and_none_is_lost(
    names: list[str],
) -> None:
    state = numbered(*names)
    renamed = rename(state, PLAIN)
    arrived = {int(tensor) for tensor in renamed.values()}
    unused = {place for place, name in enumerate(names) if matches(name, PLAIN.unused)}
    assert arrived | unused == set(range(len(names)))
    assert not arrived & unused
    tops = sum(name.startswith("top.") for name in names)
    assert len(renamed) == len(names) - len(unused) + tops


@given(st.text("ab.[", max_size=6))
def test_a_name_matches_a_pattern_only_as_a_whole(name: str) -> None:
    assert matches(name, [re.escape(name)])
    assert not matches(name + "c", [re.escape(name)])
