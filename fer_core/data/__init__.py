"""Data: what a data set is. Each room stands on those before it.

Here: card, registry, what a reader is given and gives (source, reading), index, splits, store, and
a set by its name (load). `readers` and `phantom` make rows; `copies` finds near copies, persons and
leaks; `prepare` makes a set of its files; `audit` reports on sets.
"""
