"""One finished and one failed run; of the test sets one may not be shown, one has two emotions."""

from fer_core.study import Cell

DONE, FAILED = Cell("small-net", "phantom-lab", 0), Cell("large_net", "phantom-lab", 0)
TESTS = ("phantom-lab", "fer2013", "london")
