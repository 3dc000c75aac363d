"""The ten methods: what each is called, who proposed it, and its formula."""

from typing import NamedTuple

ERM = "erm"


class Method(NamedTuple):
    """One of the methods: its title, a key of `references.bib`, what it does in one line, the
    training that gives its answers, and the values of its own setting, if it has one."""

    title: str
    source: str
    formula: str
    training: str
    values: tuple[float, ...] = ()


METHODS = {
    ERM: Method(
        "ERM",
        "vapnik1998",
        "cross-entropy −Σ q log p(y|x) over the images of all sources: plain training",
        ERM,
    ),
    "probe": Method(
        "linear probe",
        "alain2017",
        "p = softmax(W f(x) + b), where f are the features of the whole frozen net",
        "probe",
    ),
    "mask": Method(
        "mask on frozen features",
        "zhang2024",
        "p = softmax(W (sigmoid(m(x)) f(x)) + b), where the tail gives m; without CAFE's two "
        "losses on groups of channels",
        "mask",
    ),
    "coral": Method(
        "CORAL",
        "sun2016",
        "ERM's loss + λ ‖C_a − C_b‖² / (4 d²), C the covariance of the d features of a source",
        "coral",
        (10.0, 100.0, 1000.0),
    ),
    "groupdro": Method(
        "GroupDRO",
        "sagawa2020",
        "Σ q_s loss_s over the sources s, with q_s ← q_s exp(η loss_s), divided by their sum",
        "groupdro",
        (0.001, 0.01, 0.1),
    ),
    "transition": Method(
        "transition matrices",
        "zeng2018",
        "p(y|x, s) = Σ_z p(z|x) T_s(z, y) with one matrix for each source s; z is the answer",
        "transition",
    ),
    "average": Method(
        "weight averaging",
        "izmailov2018",
        "ERM's net with the mean of its weights after every step from the second epoch on",
        ERM,
    ),
    "norms": Method(
        "batch norms of the test",
        "schneider2020",
        "ERM's net, its batch norms with mean and variance of all test images, without labels",
        ERM,
    ),
    "prior": Method(
        "EM prior",
        "saerens2002",
        "p'(y|x) ∝ p(y|x) π'(y) / π(y), π'(y) the mean of p'(y|x) over all test images, repeated",
        ERM,
    ),
    "student": Method(
        "Noisy Student",
        "xie2020",
        "ERM's loss + cross-entropy to what the ERM net says of training images of the sources "
        "whose labels are hidden, with noise",
        ERM,
    ),
}
TRAININGS = tuple(dict.fromkeys(method.training for method in METHODS.values()))
