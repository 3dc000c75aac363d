"""The outputs of a file in our order of emotions, or left random, or refused."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.models.weights.head import NO_HEAD, settle_head
from fer_core.models.weights.name_map import NameMap, State

CLASSIFIER = ("fc.", "bn.")
RAFDB = ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral")
AFFECTNET = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt")


def outputs(classes: int) -> State:
    """A net's tensors; row i of the classifier holds only the number i, as do the others of i."""
    rows = torch.arange(float(classes))
    return {
        "conv.weight": torch.zeros(7, 2),  # seven channels are not seven classes
        "fc.weight": rows[:, None].expand(classes, 3).clone(),
        "fc.bias": rows.clone(),
        "bn.running_var": rows.clone(),
        "bn.num_batches_tracked": torch.tensor(5),
    }


OWN = outputs(7)
SILENT = NameMap("a project", ("a-net",))


def settle(
    state: State, labels: str | None = None, notes: dict[str, Any] | None = None,
    name_map: NameMap = SILENT,
) -> tuple[State, str]:  # fmt: skip
    return settle_head(OWN, state, name_map, CLASSIFIER, notes or {}, labels, "f.pth into a-net")


@pytest.mark.parametrize("who", ["notes", "map", "labels"])
def test_rows_of_a_known_order_are_put_into_ours_in_every_tensor_of_the_classifier(
    who: str,
) -> None:
    name_map = NameMap("a project", ("a-net",), labels=RAFDB if who == "map" else None)
    state, head = settle(
        outputs(7), "rafdb" if who == "labels" else None,
        {"labels": list(RAFDB)} if who == "notes" else None, name_map,
    )  # fmt: skip
    theirs = [RAFDB.index(emotion) for emotion in EMOTIONS]
    assert theirs == [5, 2, 1, 3, 6, 4, 0]
    for name in ("fc.bias", "bn.running_var"):
        assert state[name].tolist() == theirs
    assert state["fc.weight"][:, 2].tolist() == theirs
    assert int(state["bn.num_batches_tracked"]) == 5
    assert head == f"loaded: its outputs {', '.join(RAFDB)} put into our order"


def test_our_own_order_is_loaded_as_it_is() -> None:
    state, head = settle(outputs(7), notes={"labels": EMOTIONS})
    assert head == "loaded"
    assert all(torch.equal(state[name], OWN[name]) for name in OWN)


def test_of_eight_outputs_contempt_is_left_out_and_the_record_says_so() -> None:
    state, head = settle(outputs(8), "affectnet")
    assert state["fc.bias"].tolist() == [AFFECTNET.index(emotion) for emotion in EMOTIONS]
    assert state["fc.weight"].shape == (7, 3)
    assert head.endswith("put into our order; contempt left out")


def test_outputs_without_labels_are_left_random() -> None:
    state, head = settle(outputs(8))
    assert list(state) == ["conv.weight"]
    assert head == "random: the file's classifier has 8 classes that are not named as ours"


def test_a_file_without_classifier_says_so() -> None:
    state, head = settle({"conv.weight": torch.zeros(7, 2)})
    assert list(state) == ["conv.weight"]
    assert head == NO_HEAD


@pytest.mark.parametrize(
    ("classes", "labels", "message"),
    [
        (8, "rafdb", r"has 8 outputs, which labels: rafdb cannot name; its codes are surprise, f"),
        (6, "rafdb", "has 6 outputs, which labels: rafdb cannot name"),
        (1000, "affectnet", "has 1000 outputs, which labels: affectnet cannot name"),
        (7, "ckplus", r"labels: ckplus cannot name.*give another vocabulary, or leave out labels"),
        (7, "words", "labels: words cannot name"),
        (17, "words", "labels: words cannot name"),  # all seven are there, some of them twice
        (7, "rafbd", r"unknown vocabulary for labels 'rafbd'; did you mean rafdb"),
    ],
)
def test_a_vocabulary_that_cannot_name_the_outputs_is_refused(
    classes: int, labels: str, message: str
) -> None:
    with pytest.raises(FerError, match=message):
        settle(outputs(classes), labels)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (EMOTIONS[:6], "has 7 outputs and names 6: angry"),
        ((*EMOTIONS[:6], "boredom"), r"\(no surprise, also boredom\); here they are angry, disg"),
        ((*EMOTIONS[:6], "sad"), r"\(no sad, no surprise\)"),
    ],
)
def test_labels_that_are_not_our_seven_are_refused_and_named(
    order: tuple[str, ...], message: str
) -> None:
    with pytest.raises(FerError, match=message):
        settle(outputs(7), notes={"labels": order})


def test_two_orders_for_one_file_are_refused_with_both() -> None:
    with pytest.raises(FerError) as caught:
        settle(outputs(7), "rafdb", {"labels": list(EMOTIONS)})
    for part in ("the file says angry, disgust", "labels: rafdb says surprise, fear", "leave out"):
        assert part in str(caught.value)


def turn_middle(state: State, index: Any) -> State:
    return {**state, "middle": state["middle"] if index[3] == 3 else state["middle"] + index[3]}


def test_what_depends_on_the_order_is_found_where_a_reversed_order_leaves_it_in_place() -> None:
    name_map = NameMap("a project", ("a-net",), relabel=turn_middle)
    state, _ = settle({**outputs(7), "middle": torch.zeros(1)}, name_map=name_map)
    assert list(state) == ["conv.weight"]


def turn(state: State, index: Any) -> State:
    return {**state, "branches": state["branches"][list(index)], "fc.bias": torch.zeros(7)}


def test_a_map_with_a_rule_of_its_own_puts_the_whole_file_into_our_order() -> None:
    name_map = NameMap("a project", ("a-net",), relabel=turn)
    theirs = {**outputs(7), "branches": torch.arange(7)}
    state, _ = settle(theirs, "rafdb", name_map=name_map)
    assert state["branches"].tolist() == [5, 2, 1, 3, 6, 4, 0]
    assert state["fc.bias"].tolist() == [0] * 7
    untouched, _ = settle(theirs, notes={"labels": EMOTIONS}, name_map=name_map)
    assert torch.equal(untouched["fc.bias"], theirs["fc.bias"])


def test_without_labels_all_that_depends_on_the_order_stays_random() -> None:
    name_map = NameMap("a project", ("a-net",), relabel=turn)
    state, head = settle({**outputs(7), "branches": torch.arange(7)}, name_map=name_map)
    assert list(state) == ["conv.weight"]
    assert head.startswith("random")


@given(st.permutations([*EMOTIONS, "contempt"]))
def test_each_of_our_outputs_gets_the_row_of_its_own_emotion(order: list[str]) -> None:
    state, _ = settle(outputs(8), notes={"labels": order})
    assert [order[int(row)] for row in state["fc.bias"]] == list(EMOTIONS)
