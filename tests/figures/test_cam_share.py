import numpy as np
import pytest

from fer_core.figures.cam import lower_share


@pytest.mark.parametrize("side", [4, 5])
def test_the_lower_half_has_half_of_an_even_map_and_all_of_one_that_lies_there(side):
    even = np.ones((side, side))
    assert lower_share(even) == pytest.approx(0.5)
    below = np.zeros((side, side))
    below[-1] = 1
    assert lower_share(below) == 1
    assert lower_share(below[::-1]) == 0
    assert np.isnan(lower_share(even * 0)), "a map that is zero everywhere lies nowhere"
