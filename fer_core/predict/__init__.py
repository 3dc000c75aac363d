"""Prediction: what a trained net answers in each view, its tables, and where it looked."""
