"""Views: their names, what a net looks at in each, and how often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import UnknownNameError
from fer_core.views import Showing, about_views, other_view, passes, showings, sides_of

NAMES = st.sampled_from(["clean", "mirror"]) | st.integers(16, 1024).map("side-{}".format)


def test_what_a_net_looks_at_in_each_view():
    assert showings("clean") == (Showing(None, False),)
    assert showings("mirror") == (Showing(None, False), Showing(None, True))
    assert showings("side-96") == (Showing(96, False),)
    assert [sides_of(view) for view in ("clean", "mirror", "side-96")] == [[], [], [96]]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "flip",
        "Clean",
        "side",
        "side-",
        "side-15",
        "side-1025",
        "side-048",
        "side-48 ",
        "side-٤٨",
    ],
)
def test_another_name_is_an_error_with_the_valid_ones(name):
    with pytest.raises(
        UnknownNameError, match=r"unknown view .*valid: clean, mirror, side-<pixels>"
    ):
        showings(name)


@given(st.lists(NAMES, unique=True))
def test_several_views_share_what_they_look_at(views):
    looks = passes(views)
    assert len(looks) == len(set(looks))
    assert set(looks) == {look for view in views for look in showings(view)}
    both = {"clean", "mirror"} <= set(views)
    assert len(looks) == sum(len(showings(view)) for view in views) - both


def test_views_are_told_in_words():
    assert "mirror image" in about_views(["mirror"])
    assert about_views(["side-96"]).endswith("resized to an input of 96 pixels instead")
    assert (other_view("clean"), other_view("side-96")) == ("", " (view side-96)")
