"""Splits made here: disjoint, stratified, the same for the same rows and seed."""

import hashlib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.data.index import build_index, split_hash
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.data.splits import COMPILED_FRACTIONS, FRACTIONS, assign, complete_split, linked
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from tests.data.made import rows

ALONE = st.lists(
    st.fixed_dictionaries(
        {
            "emotion": st.sampled_from(EMOTIONS[:3]),
            "excluded": st.sampled_from(["", "", "", "tie"]),
            "split": st.just(""),
        }
    ),
    min_size=1,
    max_size=60,
)
TOGETHER = st.lists(
    st.fixed_dictionaries(
        {
            "emotion": st.sampled_from(EMOTIONS[:3]),
            "split": st.just(""),
            "sha256": st.integers(0, 25).map(str),
            "person": st.sampled_from(["", "", "ann", "bob", "cem", "dee"]),
        }
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(TOGETHER, st.integers(0, 3))
def test_no_subject_and_no_copy_group_is_in_two_splits(records, seed):
    index = rows(records)
    index["split"] = assign(index, FRACTIONS, seed)
    assert (index.groupby("group")["split"].nunique() == 1).all()
    named = index[index["person"] != ""]
    assert (named.groupby("person")["split"].nunique() == 1).all()


@settings(max_examples=25, deadline=None)
@given(ALONE, st.integers(0, 3))
def test_every_split_has_its_share_of_every_emotion_within_one_image(records, seed):
    index = rows(records)
    split = assign(index, FRACTIONS, seed)
    used = index["excluded"] == ""
    for emotion in set(index["emotion"][used]):
        of_emotion = split[used & (index["emotion"] == emotion)]
        for name, fraction in FRACTIONS.items():
            assert abs((of_emotion == name).sum() - fraction * len(of_emotion)) < 1


@settings(max_examples=25, deadline=None)
@given(TOGETHER, st.randoms())
def test_the_split_does_not_depend_on_the_order_of_the_rows(records, random):
    index = rows(records)
    order = list(range(len(index)))
    random.shuffle(order)
    assert assign(index.iloc[order], FRACTIONS, 0).sort_index().equals(assign(index, FRACTIONS, 0))


def plain_assign(index, seed):
    """The same rule one unit after the other: the largest first, then in the order of the SHA-256
    of seed and first id, each to the split that lacks most of what it has. Units are of one emotion
    each, so that both add nothing up that could be rounded differently."""
    units = {}
    for row, linked_to in zip(index.itertuples(), index["group"], strict=True):
        units.setdefault(linked_to, []).append(row)

    def rank(unit):
        first = min(row.sample_id for row in unit)
        return -len(unit), hashlib.sha256(f"{seed}:{first}".encode()).hexdigest()

    lacks = {
        name: {e: share * (index["emotion"] == e).sum() for e in EMOTIONS}
        for name, share in FRACTIONS.items()
    }
    chosen = {}
    for unit in sorted(units.values(), key=rank):
        emotion = unit[0].emotion
        best = max(lacks, key=lambda name: lacks[name][emotion] * len(unit))
        lacks[best][emotion] -= len(unit)
        chosen |= {row.sample_id: best for row in unit}
    return [chosen[name] for name in index["sample_id"]]


@settings(max_examples=40, deadline=None)
@given(TOGETHER, st.integers(0, 3))
def test_the_split_is_that_of_the_rule_written_plainly(records, seed):
    alone = {"person": ""}
    index = rows([{**r, **alone, "emotion": EMOTIONS[int(r["sha256"]) % 3]} for r in records])
    assert assign(index, FRACTIONS, seed).tolist() == plain_assign(index, seed)


def test_the_seed_decides_the_split():
    index = rows([{"split": ""}] * 100)
    assert assign(index, FRACTIONS, 0).equals(assign(index, FRACTIONS, 0))
    assert not assign(index, FRACTIONS, 0).equals(assign(index, FRACTIONS, 1))


def test_copies_that_share_people_in_a_chain_stay_together():
    chain = [
        {"person": "ann", "sha256": "x"},
        {"person": "bob", "sha256": "x"},
        {"person": "bob", "sha256": "y"},
        {"person": "", "sha256": "y"},
    ]
    index = rows(chain + [{} for _ in range(30)])
    for seed in range(10):
        assert assign(index, FRACTIONS, seed)[:4].nunique() == 1


def test_a_set_without_a_split_gets_seventy_ten_twenty():
    split = complete_split(rows([{"split": ""}] * 200))
    assert split.value_counts().to_dict() == {"train": 140, "val": 20, "test": 40}


def test_a_set_with_train_and_test_gets_a_tenth_of_train_as_validation():
    split = complete_split(rows([{"split": "train"}] * 50 + [{"split": "test"}] * 10))
    assert split.value_counts().to_dict() == {"train": 45, "val": 5, "test": 10}
    assert (split[50:] == "test").all()


def test_the_sources_own_split_is_not_touched():
    index = rows([{"split": "train"}, {"split": "val"}, {"split": "test"}] * 4)
    assert complete_split(index).equals(index["split"])
    only_test = rows([{"split": "test"}] * 5)
    assert complete_split(only_test).equals(only_test["split"])


def test_a_split_of_some_rows_only_is_refused():
    with pytest.raises(FerError, match="1 of 2 images lie in no split"):
        complete_split(rows([{"split": "train"}, {"split": ""}]))


LINKED = st.lists(
    st.fixed_dictionaries(
        {
            "emotion": st.sampled_from(EMOTIONS[:3]),
            "split": st.just(""),
            "sha256": st.integers(0, 40).map(str),
            "person": st.sampled_from(["", "", "", "ann", "bob", "cem"]),
            "keep_together": st.sampled_from(["", "", "", "photo1", "photo2", "photo3"]),
            "source": st.sampled_from(["a", "b"]),
        }
    ),
    min_size=2,
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(LINKED, st.data(), st.integers(0, 3))
def test_no_person_copy_photograph_or_near_copy_is_in_two_splits(records, data, seed):
    index = rows(records)
    one = st.sampled_from(index["sample_id"].tolist())
    pairs = data.draw(st.lists(st.tuples(one, one), max_size=6))
    near = pd.DataFrame(pairs, columns=["sample_a", "sample_b"], dtype=str)
    split = assign(index, COMPILED_FRACTIONS, seed, near)
    for column in ("person", "group", "keep_together"):
        named = index[column] != ""
        assert (split[named].groupby(index[column][named]).nunique() == 1).all()
    by_id = dict(zip(index["sample_id"], split, strict=True))
    assert all(by_id[a] == by_id[b] for a, b in pairs)
    shuffled = index.sample(frac=1, random_state=seed)
    turned = near.iloc[::-1].rename(columns={"sample_a": "sample_b", "sample_b": "sample_a"})
    assert assign(shuffled, COMPILED_FRACTIONS, seed, turned).sort_index().equals(split)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(EMOTIONS), st.sampled_from("abc")), min_size=1, max_size=80),
    st.integers(0, 3),
)
def test_every_emotion_of_every_source_is_shared_out_within_one_image(kinds, seed):
    index = rows([{"emotion": emotion, "source": source} for emotion, source in kinds])
    split = assign(index, COMPILED_FRACTIONS, seed)
    for kind in set(kinds):
        of_kind = split[[other == kind for other in kinds]]
        for name, fraction in COMPILED_FRACTIONS.items():
            assert abs((of_kind == name).sum() - fraction * len(of_kind)) < 1


def test_a_small_source_is_shared_out_as_the_large_one_is():
    index = rows([{"source": "ab"[k % 6 == 0]} for k in range(180)])
    split = assign(index, COMPILED_FRACTIONS, 0)
    counts = split.groupby(index["source"]).value_counts().to_dict()
    large = {("a", "train"): 120, ("a", "val"): 15, ("a", "test"): 15}
    assert counts == large | {("b", "train"): 24, ("b", "val"): 3, ("b", "test"): 3}


def test_near_copies_are_linked_where_a_tenth_is_taken_for_validation():
    index = rows([{"split": "train"}] * 60 + [{"split": "test"}] * 10)
    pairs = [(f"s{k:04d}", f"s{k + 1:04d}") for k in range(0, 60, 2)] + [("s0000", "s0065")]
    near = pd.DataFrame(pairs, columns=["sample_a", "sample_b"])
    split = complete_split(index, near=near)
    assert split.value_counts().to_dict() == {"train": 54, "test": 10, "val": 6}
    assert all(split[k] == split[k + 1] for k in range(0, 60, 2))


def test_a_pair_of_near_copies_that_the_set_does_not_have_is_refused():
    near = pd.DataFrame({"sample_a": ["s0000"], "sample_b": ["gone"]})
    with pytest.raises(FerError, match="near copies name 'gone'"):
        assign(rows([{}, {}]), FRACTIONS, 0, near)


def test_a_chain_of_pairs_is_one_group():
    ids = pd.Series(list("abcde"))
    pairs = pd.DataFrame({"sample_a": ["c", "b"], "sample_b": ["a", "c"]})
    group = linked(ids, pairs)
    assert group[0] == group[1] == group[2]
    assert group.nunique() == 3


# Published results rest on these splits: they stay as they are, to the row.


def fixed_rows() -> list[dict[str, str]]:
    """Emotions, copies, people and excluded rows without any chance in them."""
    return [
        {
            "emotion": ("happy", "sad", "angry")[i * i % 3],
            "split": "",
            "sha256": f"h{i * 7 % 211}",
            "person": ("", f"p{i % 23}")[i % 4 == 0],
            "excluded": ("", "tie")[i % 17 == 0],
        }
        for i in range(240)
    ]


def test_the_splits_of_a_fixed_set_stay_as_they_are():
    index = rows(fixed_rows())
    index["split"] = complete_split(index)
    assert split_hash(index) == "a0151692af6f2d0332f94d1ccfd774ccfeb2d0301428e3075c8f944b4a9c039b"
    half = [
        {**row, "split": "test" if i % 5 == 0 else "train"} for i, row in enumerate(fixed_rows())
    ]
    index = rows(half)
    index["split"] = complete_split(index)
    assert split_hash(index) == "a5e33ecd6b440e7d7e461f207844c65382296241c4367a24f734666dc9e6445e"


def test_the_split_of_nhfi_stays_as_it_is(real_data):
    source = Source.open(real_data / "nhfi.zip")
    found = get_entry("nhfi").read(source).rows
    hashes = [hashlib.sha256(source.read(path)).hexdigest() for path in found["path"]]
    index = build_index(found, hashes, [""] * len(found))
    index["split"] = complete_split(index)
    assert split_hash(index) == "8949c3123040e70999a5f1eb445f51d268b55f0c9e5e038a1ae7998ca95bd70f"
