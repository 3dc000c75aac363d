"""Weights: files of them read without running them, name maps, and what a net starts from."""
