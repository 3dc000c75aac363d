"""YAML of people: plain data, each key once, of a size that a person writes."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.study import load_study
from fer_core.yaml_files import parse_yaml

INT64 = st.integers(1 - 2**63, 2**63 - 1)
plain = st.recursive(
    st.none() | st.booleans() | INT64 | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)  # fmt: skip


@given(plain)
def test_plain_data_are_read_as_pyyaml_reads_them(data):
    text = yaml.safe_dump(data)
    assert parse_yaml(text, "it") == yaml.safe_load(text)


def test_anchors_and_merged_keys_work_and_may_be_overridden():
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n"
    assert parse_yaml(text, "it")["b"] == {"x": 1, "y": 3}


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(24)
)
# 72 aliases, each nine of those before
SMALL_BOMB = "".join(BOMB.splitlines(keepends=True)[:9])


def test_many_aliases_of_little_are_no_bomb():
    text = "a: &a {x: 1}\nb: [" + ", ".join(["*a"] * 500) + "]\n"
    assert parse_yaml(text, "it")["b"] == [{"x": 1}] * 500


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("models: {net: 1, net: 2}", "line 1: the key 'net' stands twice"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands twice"),
        ("[" * 3000, "nested more than"),
        (BOMB, "its aliases stand for more than"),
        (SMALL_BOMB, "its aliases stand for more than"),
        ("a: &a [*a]", "holds itself"),
        ("a: &a {b: {c: *a}}", "holds itself"),
        ("{0x1: a, 1: b}", "the key '1' stands twice"),
        ("{yes: a, true: b}", "the key 'true' stands twice"),
        ("x: " + "y" * 1_000_001, "more than 1,000,000"),
        (b"title: \xff\xfe", "not UTF-8"),
        ("!!python/object/apply:os.system [ls]", "not YAML"),
        ("a: [1", "not YAML"),
        ("? [1, 2]\n: 3", "not YAML"),
    ],
)
def test_what_no_person_writes_is_one_line(text, reason):
    with pytest.raises(FerError, match=reason) as caught:
        parse_yaml(text, "study.yml")
    assert str(caught.value).startswith("study.yml is not")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("seeds: [true]", "seeds"),
        ("seeds: []", "seeds"),
        ("recipe: {lr: .inf}", "lr"),
        ("recipe: {augment: {rotate: .nan}}", "rotate"),
        ("recipe: {weight_decay: .inf}", "weight_decay"),
    ],
)
def test_a_study_with_values_that_mean_nothing_is_refused_by_field(change, where, tmp_path):
    file = tmp_path / "mine.yml"
    text = "title: t\nmodels: {net: {backbone: resnet18}}\ntrain: [a]\ntest: [a]\n"
    file.write_text(text)
    assert load_study(str(file)).seeds == (0,)
    file.write_text(f"{text}{change}\n")
    with pytest.raises(FerError, match=where):
        load_study(str(file))


def test_a_model_without_seeds_of_its_own_has_those_of_the_study_and_never_none(tmp_path):
    file = tmp_path / "mine.yml"
    file.write_text("title: t\nmodels: {net: {backbone: r, seeds: []}}\ntrain: [a]\ntest: [a]\n")
    with pytest.raises(FerError, match="seeds"):
        load_study(str(file))


@pytest.mark.parametrize("text", ["a: 1\nb: 0x" + "f" * 5000, "a: 1\nb: [9223372036854775808]"])
def test_a_whole_number_that_no_seed_or_count_can_be_is_refused(text):
    with pytest.raises(FerError, match="line 2: a whole number has more than 64 bits"):
        parse_yaml(text, "it")
