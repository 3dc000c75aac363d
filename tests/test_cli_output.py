"""What comes from files never steers the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.cli.output import complain, show_facts, show_rows, visible

HOSTILE = "a\x1b[2J\x1b]0;title\x07b\x9bm"


@given(st.text())
def test_only_control_characters_are_spelled_out(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert text != shown or text.isprintable()
    if text.isprintable():
        assert shown == text


def test_no_way_of_speaking_lets_an_escape_sequence_through(
    capsys: pytest.CaptureFixture[str],
) -> None:
    complain(f"no {HOSTILE} here")
    show_rows([{"name": HOSTILE, "more": [HOSTILE]}], False)
    show_rows([{"name": HOSTILE}], True)
    show_facts({"name": HOSTILE, "more": {"key": HOSTILE}})
    told = "".join(capsys.readouterr())
    assert "\x1b[2J" not in told
    assert "\x07" not in told
    assert told.count("2J") == 6
