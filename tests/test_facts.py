"""Facts in files: those of before have other words for people."""

from fer_core.facts import of_today


def test_words_of_before_are_renamed_where_they_are_ours_and_nowhere_else():
    card = {"subjects": "two", "identities": "mine", "sources": ["subjects"]}
    own = {"subject": "^(.)", "map": {"subject": "happy"}}
    counts = {"subjects": 3, "excluded": {"subject": 1}}
    assert of_today({"card": card, "own": own, **counts}) == {
        "card": {"persons": "two", "person_space": "mine", "sources": ["subjects"]},
        "own": {"person": "^(.)", "map": {"subject": "happy"}},
        "persons": 3,
        "excluded": {"subject": 1},
    }


def test_what_is_damaged_is_left_to_whoever_checks_it():
    damaged = {"card": None, "own": [1]}
    assert of_today(damaged) == damaged
