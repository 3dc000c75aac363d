from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import FerError, unknown


def test_a_misspelt_name_is_answered_with_the_nearest_one():
    error = unknown("emotion", "hapy", ["happy", "sad"])
    assert str(error) == "unknown emotion 'hapy'; did you mean happy? valid: happy, sad"


def test_a_name_like_no_other_is_answered_with_all_of_a_few():
    assert str(unknown("seed", "9", ["0", "1"])) == "unknown seed '9'; valid: 0, 1"


def test_a_long_list_is_not_printed():
    message = str(unknown("backbone", "zzz", [f"net{i}" for i in range(1000)]))
    assert "1000 names are valid" in message
    assert len(message) < 200


def test_an_empty_registry_says_so():
    assert "there is none yet" in str(unknown("study", "open", []))


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=8), max_size=30))
def test_any_name_gives_one_line(name, valid):
    clean = [v for v in valid if v.isprintable()]
    error = unknown("data set", name, clean)
    assert isinstance(error, FerError)
    assert "\n" not in str(error)


def test_a_very_long_name_is_cut_and_looked_up_all_the_same():
    message = str(unknown("net", "resnet" + "t" * 9999, ["resnet"] * 9))
    assert len(message) < 200
