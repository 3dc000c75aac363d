"""Tables from predictions: pure functions, no nets, no images."""
