import numpy as np

from fer_core.data.store import Store


def test_a_store_reads_the_same_after_it_let_go_of_its_pixels(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), np.uint8)
    np.save(tmp_path / "pixels.npy", pixels)
    store = Store.open(tmp_path)
    first = store.batch(np.arange(40))
    store.forget()
    assert np.array_equal(store.batch(np.arange(40)), first)
    Store(pixels).forget()  # one in memory keeps what it has
    assert np.array_equal(first, pixels)
