"""What the dicts inside a run's record and a data set's summary must hold: their readers count on
it, and a file may be damaged by hand or by another version."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

Counts = dict[str, int]
BEFORE = {"subject": "person", "subjects": "persons", "identities": "person_space"}  # of people


class Facts(BaseModel):
    """JSON values of the right types; what else there is, is left alone."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False, strict=True, frozen=True)


class InputFacts(Facts):
    """What a net takes: side in pixels, and the mean and spread of the three colours."""

    size: int = Field(gt=0)
    mean: list[float] = Field(min_length=1, max_length=3)
    std: list[Annotated[float, Field(gt=0)]] = Field(min_length=1, max_length=3)


class WeightNotes(Facts):
    """What one of our own files of weights says of its tensors, where it says it."""

    labels: list[str] = []
    spec: dict[str, Any] = {}
    input: InputFacts = InputFacts(size=1, mean=[0.0], std=[1.0])


class RowFacts(Facts):
    """How many images a run used."""

    train: int
    validation: int
    dropped: Counts


class ViewFacts(Facts):
    """One table of predictions; when and by which code, where that was after the run."""

    sha256: str | None = None
    enlarged: str = ""
    predicted: str = ""
    commit: str = ""


class SelectionFacts(Facts):
    """Which epoch was kept, and the predictions of the images that chose it, by view."""

    rule: str = ""
    epoch: int | None = None
    views: dict[str, ViewFacts] = {}


class TestFacts(Facts):
    """One test set that was predicted, by view."""

    n: int
    classes: list[str] = []
    views: dict[str, ViewFacts] = {}


class SourceSides(Facts):
    """Sides of source images, pixels."""

    median: float | None
    largest: float | None


class FramingFacts(Facts):
    """How the images of a data set were framed: see `fer_core.data.framing`."""

    how: str
    detector: str | None
    margin: str | None
    level: Any
    crop: Any
    store: int
    source: SourceSides
    sources: dict[str, "FramingFacts | None"] = {}


class DataFacts(Facts):
    """A data set that a run used."""

    fingerprint: str
    framing: FramingFacts | None = None
    enlarged: str | None = None


class StoreFacts(Facts):
    """The pixels of a prepared data set."""

    n: int
    size: int
    channels: int
    sha256: str


class IndexFacts(Facts):
    """The index of a prepared data set."""

    bytes: int
    sha256: str


class RequestFacts(Facts):
    """What `fer data plan` was asked for."""

    name: str
    source_path: str
    as_name: str | None
    size: int | None
    screening: dict[str, Annotated[float, Field(ge=0)]]
    own: dict[str, Any] = {}
    split: str | None = None


class PlanFacts(Facts):
    """What `fer data plan` left."""

    plan: str
    n: int
    faces: dict[str, Any] | None
    request: dict[str, Any]  # RequestFacts; empty where `fer data add` made the plan


class CardFacts(Facts):
    """What tables show of a data set's card."""

    title: str
    citation: str
    licence: str
    publishable: bool
    shows: str
    persons: str
    problems: list[str]
    consent: str = ""
    labelled: str = ""
    obtain: str = ""
    sources: list[str] = []


class SummaryFacts(Facts):
    """The facts about a data set among a study's results."""

    card: CardFacts
    n: int
    counts: dict[str, dict[str, Counts]]
    excluded: Counts
    copies: int
    conflicting_groups: int
    copies_between_splits: Counts
    persons: int
    fingerprint: str
    split_hash: str
    framing: FramingFacts | None = None
    samples: dict[str, list[str]] = {}


class DatasetFacts(Facts):
    """What a prepared data set says of itself."""

    name: str
    reader: str
    card: CardFacts
    fingerprint: str
    split_hash: str
    faces: dict[str, Any] | None = None
    screening: dict[str, float] = {}
    framing: FramingFacts | None = None
    store: StoreFacts
    index: IndexFacts


def of_today(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file says of a data set with today's words for people, which files of before
    do not have: its own keys and those of its `card` and `own` are renamed, no others."""
    named = {BEFORE.get(key, key): value for key, value in facts.items()}
    parts = {part: named[part] for part in ("card", "own") if isinstance(named.get(part), dict)}
    return named | {part: of_today(content) for part, content in parts.items()}


def fault(model: type[BaseModel], value: Any) -> str:
    """Return what is wrong with `value`, "" where it holds what `model` says."""
    try:
        model.model_validate(value)
        return ""
    except ValidationError as error:
        return first_fault(error)


def first_fault(error: ValidationError) -> str:
    """Return where the first fault is and what it is."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]


def holding(model: type[BaseModel]) -> AfterValidator:
    """Return a validator for a dict that holds what `model` says and is kept as it is."""

    def check(value: dict[str, Any]) -> dict[str, Any]:
        wrong = fault(model, value)
        if wrong:
            raise ValueError(wrong)
        return value

    return AfterValidator(check)
