import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Small nets are faster on one thread, and the killed process of test_resume.py must use as
    many."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
