import pytest

from fer_core.emotions import EMOTION_INDEX, EMOTIONS, OTHER, VOCABULARIES, to_emotion
from fer_core.errors import UnknownNameError


def test_the_canonical_order_is_alphabetical_and_has_seven():
    assert list(EMOTIONS) == sorted(EMOTIONS)
    assert [EMOTION_INDEX[emotion] for emotion in EMOTIONS] == list(range(7))


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_vocabulary_reaches_all_seven_and_nothing_unknown(vocabulary):
    meanings = set(VOCABULARIES[vocabulary].values())
    assert meanings >= set(EMOTIONS)
    assert meanings <= {*EMOTIONS, *OTHER}


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_an_emotion_means_itself(emotion):
    assert to_emotion(f" {emotion.title()} ") == emotion


def test_the_codes_of_fer2013_are_its_own_order():
    meanings = [to_emotion(str(code), "fer2013") for code in range(7)]
    assert meanings == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


def test_contempt_is_known_and_outside_the_seven():
    assert to_emotion("Contempt") == "contempt"
    assert "contempt" not in EMOTIONS


def test_an_unknown_label_names_the_nearest():
    with pytest.raises(UnknownNameError, match=r"did you mean .*happiness"):
        to_emotion("hapiness")
    with pytest.raises(UnknownNameError, match="unknown vocabulary"):
        to_emotion("happy", "wordz")
