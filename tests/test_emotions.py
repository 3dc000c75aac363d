import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.emotions import (
    EMOTION_INDEX,
    EMOTIONS,
    OTHER,
    VOCABULARIES,
    to_emotion,
)
from fer_core.errors import UnknownNameError
from tests.data.miniatures import affectnet

ORDERS = {
    "fer2013": "angry disgust fear happy sad surprise neutral",
    "affectnet": "neutral happy sad surprise fear disgust angry",
    "expw": "angry disgust fear happy sad surprise neutral",
    "seed002": "angry disgust fear happy neutral sad surprise",
    "seed003": "surprise fear disgust happy sad angry neutral",
}
WORDS = [(name, word) for name, words in VOCABULARIES.items() for word in words]


def test_the_canonical_order_is_alphabetical_and_has_seven():
    assert list(EMOTIONS) == sorted(EMOTIONS)
    assert [EMOTION_INDEX[emotion] for emotion in EMOTIONS] == list(range(7))


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_vocabulary_reaches_all_seven_and_nothing_unknown(vocabulary):
    meanings = set(VOCABULARIES[vocabulary].values())
    # Emognition elicits amusement, awe, enthusiasm and liking: none of them is called happy
    assert meanings >= set(EMOTIONS) - ({"happy"} if vocabulary == "emognition" else set())
    assert meanings <= {*EMOTIONS, *OTHER}


@given(st.sampled_from(WORDS), st.sampled_from([str.upper, str.lower, str.title]))
def test_case_and_spaces_change_no_meaning(entry, case):
    vocabulary, word = entry
    assert to_emotion(f" {case(word)}\n", vocabulary) == VOCABULARIES[vocabulary][word]


@pytest.mark.parametrize(("vocabulary", "order"), ORDERS.items())
def test_codes_from_zero_have_the_published_order(vocabulary, order):
    assert [to_emotion(str(code), vocabulary) for code in range(7)] == order.split()


def test_rafdb_counts_from_one_in_the_order_of_seed_003():
    order = [to_emotion(str(code), "rafdb") for code in range(1, 8)]
    assert order == [to_emotion(str(code), "seed003") for code in range(7)]
    with pytest.raises(UnknownNameError):
        to_emotion("0", "rafdb")


def test_affectnet_has_four_codes_outside_the_seven_and_ckplus_one():
    meanings = [to_emotion(str(code), "affectnet") for code in range(7, 11)]
    assert meanings == ["contempt", "none", "uncertain", "not-a-face"]
    order = [to_emotion(str(code), "ckplus") for code in range(8)]
    assert order[:4] == ["neutral", "angry", "contempt", "disgust"]
    assert order[4:] == ["fear", "happy", "sad", "surprise"]


def test_the_class_ids_of_affectnet_in_yolos_format_follow_its_names():
    for code, name in enumerate(affectnet.YOLO_NAMES):
        assert to_emotion(str(code), "affectnet-yolo") == to_emotion(name)


def test_kdefs_and_jaffes_letters_differ_in_fear_alone():
    kdef, jaffe = VOCABULARIES["kdef"], VOCABULARIES["jaffe"]
    assert kdef.keys() ^ jaffe.keys() == {"AF", "FE"}
    assert kdef["AF"] == jaffe["FE"] == "fear"
    assert all(kdef[letters] == jaffe[letters] for letters in kdef.keys() & jaffe.keys())


def test_contempt_is_known_and_outside_the_seven():
    assert to_emotion("Contempt") == "contempt"
    assert "contempt" not in EMOTIONS


def test_an_unknown_label_names_the_nearest():
    with pytest.raises(UnknownNameError, match=r"did you mean .*happiness"):
        to_emotion("hapiness")
    with pytest.raises(UnknownNameError, match="unknown vocabulary"):
        to_emotion("happy", "wordz")
