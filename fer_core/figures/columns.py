"""What the columns of score tables are called, once for pages, captions and the terminal."""

from fer_core.analysis.kinds import KINDS, column_of
from fer_core.errors import unknown

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
# Of a column that stands once for each metric, `{}` is the metric.
PER_METRIC = {
    "{}": "{}",
    "above_constant_{}": "{} above the constant answer",
    "row_drop_{}": "{} lost",
    "row_drop_common_{}": "{} lost, common emotions",
    "column_drop_{}": "{} lost",
    "change_{}": "{} changes by",
    "difference_{}": "{} differs by",
    "validation_{}": "validation",
    "loss_{}": "lost on other photographs",
    **{f"{column_of(kind)}_{{}}": kind for kind in KINDS},
}
HEADINGS = {
    "above": "above constant",
    "accuracy_all": "accuracy, all images",
    "accuracy_without": "accuracy, without them",
    "along": "along",
    "alpha": "alpha",
    "annotator": "an annotator",
    "annotators": "annotators",
    "answer": "answer",
    "ap": "average precision",
    "base_rate": "base rate",
    "beating": "above constant",
    "cells": "cells",
    "chance": "blind guess",
    "classes": "emotions",
    "dataset": "data set",
    "difference": "difference",
    "drawn": "drawn by",
    "emotion": "emotion",
    "f1": "F1",
    "fleiss": "Fleiss' kappa",
    "found": "found",
    "gain": "gain",
    "given_label": "alpha given the label",
    "images_per_second": "images/s",
    "kappa": "kappa",
    "kappa_other": "kappa, different sets",
    "kappa_same": "kappa, same set",
    "kind": "kind of test",
    "labels": "outputs, in order",
    "leaking": "leaking images",
    "licence": "licence of the images",
    "majority_class": "most frequent",
    "majority_rate": "constant answer",
    "model": "model",
    "most_named": "most named",
    "most_named_share": "its share",
    "megabytes": "MB",
    "models": "models",
    "message": "message",
    "minutes": "minutes",
    "n": "images",
    "net": "the net",
    "observed": "same answer",
    "of": "of",
    "other": "minus",
    "other_train": "minus trained on",
    "pairs_other": "pairs, different sets",
    "pairs_same": "pairs, same set",
    "panel": "panel",
    "parameters": "size",
    "place": "rank",
    "planned": "seeds planned",
    "planted": "planted",
    "positives": "positives",
    "precision": "precision",
    "probability": "its probability",
    "predicted": "predicted",
    "rank": "rank",
    "rater": "rater",
    "raters": "raters",
    "recall": "recall",
    "seed": "seed",
    "seeds": "seeds",
    "side": "input, px",
    "source": "source",
    "start": "start",
    "state": "state",
    "test": "tested on",
    "tests": "test sets",
    "tied": "tied",
    "train": "trained on",
    "trained_on": "trained on",
    "view": "view",
    **{
        column.format(metric): heading.format(name)
        for column, heading in PER_METRIC.items()
        for metric, name in METRICS.items()
    },
}


def heading(column: str) -> str:
    """Return what a column of a score table is called."""
    if column not in HEADINGS:
        raise unknown("column", column, HEADINGS)
    return HEADINGS[column]
