"""A study that is small enough to be rendered in a test."""

from collections.abc import Callable

import pytest

from tests.book.execution.small import FAILED, TESTS


@pytest.fixture
def small(simulated_results: Callable[..., object]) -> None:
    """The results of `tests.book.execution.small`."""
    simulated_results(train=("phantom-lab",), test=TESTS, failed=(FAILED,))
