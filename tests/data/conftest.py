"""What tests of the command `fer data` share."""

from collections.abc import Callable

import pytest

from fer_core.cli import main


@pytest.fixture
def told(capsys, data_home) -> Callable[..., str]:
    """Run `fer data ...` in this process; what it prints, errors included."""

    def call(*arguments: object) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main(["data", *map(str, arguments)])
        return "".join(capsys.readouterr())

    return call
