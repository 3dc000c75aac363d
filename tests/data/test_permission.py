"""Whose pixels may be shown, and who hands them out."""

from pathlib import Path

import pytest

from fer_core.data.permission import faces, require_publishable, shown_here
from fer_core.errors import FerError


def test_only_sets_that_may_be_shown_and_are_at_hand_are_shown() -> None:
    assert shown_here(["fer2013", "phantom-lab", "my-own"]) == ["phantom-lab"]
    with pytest.raises(FerError, match="publishable: false"):
        faces("fer2013", ["x"])


def test_a_publishable_set_that_is_not_prepared_is_not_shown(data_home: Path) -> None:
    assert shown_here(["london"]) == []


def test_faces_of_a_set_that_may_be_shown_are_handed_out_in_the_order_asked_for(
    data_home: Path,
) -> None:
    names = ["phantom-lab-00003", "phantom-lab-00001"]
    both = faces("phantom-lab", names)
    assert both.shape[0] == 2
    assert (both[1] == faces("phantom-lab", names[1:])[0]).all()
    with pytest.raises(FerError, match="phantom-lab has no image 'nobody'"):
        faces("phantom-lab", ["nobody"])


def test_one_set_that_may_not_be_shown_is_enough_to_refuse() -> None:
    require_publishable(["phantom-lab"], "the figure")
    with pytest.raises(FerError, match="the figure shows faces of 'fer2013', whose card says"):
        require_publishable(["phantom-lab", "fer2013"], "the figure")
