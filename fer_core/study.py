"""A study: which models, trained on which data sets, tested on which. Only what to compare."""

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    JsonValue,
    StrictInt,
    ValidationError,
    field_validator,
    model_validator,
)

from fer_core import paths
from fer_core.errors import FerError, UnknownNameError, unknown
from fer_core.names import Name
from fer_core.recipe import FROZEN, Recipe
from fer_core.views import CLEAN, showings
from fer_core.yaml_files import parse_yaml

Confidence = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _known_views(views: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for view in views:
            showings(view)
    except UnknownNameError as error:
        raise ValueError(str(error)) from error
    if CLEAN not in views:
        raise ValueError(f"{CLEAN} is missing: ranks and every other view are compared with it")
    return views


Views = Annotated[tuple[str, ...], AfterValidator(_known_views)]


class ModelSpec(BaseModel):
    """A model of a study: a net of ours or of timm, its input and its starting weights."""

    model_config = FROZEN

    backbone: str
    input_size: int = Field(48, ge=16, le=1024, description="side of the square input, pixels")
    stem: Literal["standard", "keep"] = Field(
        "standard", description="keep: it shrinks half as much"
    )
    weights: str | dict[str, str] = Field(
        "none", description="none, imagenet, the path of a file, or a file for each part of the net"
    )
    labels: str | None = Field(
        None, description="vocabulary in whose order a file without labels has its outputs"
    )
    options: dict[str, JsonValue] = Field(
        {}, description="switches of a net of ours; variant: corrected"
    )
    recipe: dict[str, Any] = Field({}, description="changes to the study's recipe")
    seeds: tuple[StrictInt, ...] | None = Field(
        None, min_length=1, description="instead of the study's seeds"
    )
    views: Views | None = Field(None, description="instead of the study's views")


class Cell(NamedTuple):
    """One run of the grid."""

    model: str
    train: str
    seed: int


class Study(BaseModel):
    """A validated study file."""

    model_config = FROZEN

    name: Name
    title: str
    note: str = Field("", description="its budget and what it cannot show; on each of its chapters")
    models: dict[Name, ModelSpec] = Field(min_length=1)
    train: tuple[Name, ...] = Field(min_length=1)
    test: tuple[Name, ...] = Field(min_length=1)
    seeds: tuple[StrictInt, ...] = Field((0,), min_length=1)
    views: Views = Field(
        (CLEAN,), description="how test images are shown: clean, mirror, side-<pixels>"
    )
    recipe: Recipe = Recipe()
    leaks: dict[str, Literal["drop", "keep"]] = Field(
        {}, description="per training set: near copies of test images, persons in tests"
    )
    contempt: Literal["drop", "keep"] = Field(
        "drop", description="keep: an eighth emotion, where a set has it"
    )
    upsample: tuple[str, ...] = Field(
        (), description="sets used although a net enlarges what a larger store would show sharply"
    )
    flagged: Literal["keep", "drop"] = Field(
        "keep", description="drop: no training on images that screening flags"
    )
    label_confidence: dict[str, Confidence] = Field(
        {}, description="per training set: the least confidence of an image to train on"
    )

    @field_validator("train", "test", "seeds", "views", "upsample")
    @classmethod
    def _no_repeats(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) != len(values):
            raise ValueError(f"{', '.join(map(str, values))} names something twice")
        return values

    @model_validator(mode="after")
    def _rules_name_sets_of_the_study(self) -> "Study":
        for field in ("leaks", "label_confidence"):
            for name in getattr(self, field):
                if name not in self.train:
                    raise ValueError(
                        f"{field} names {name}, which is no training set of this study"
                    )
        for name in self.upsample:
            if name not in (*self.train, *self.test):
                raise ValueError(f"upsample names {name}, which is no data set of this study")
        return self

    @model_validator(mode="after")
    def _recipes_are_valid(self) -> "Study":
        for model in self.models:
            self.recipe_for(model)
        return self

    def spec(self, model: str) -> ModelSpec:
        """Return a model of this study by name."""
        if model not in self.models:
            raise unknown("model", model, self.models)
        return self.models[model]

    def recipe_for(self, model: str) -> Recipe:
        """Return the study's recipe with the model's own changes."""
        changes = self.spec(model).recipe
        merged = _merge(self.recipe.model_dump(), changes)
        return Recipe.model_validate(merged)

    def views_for(self, model: str) -> tuple[str, ...]:
        """Return the views in which a model of this study predicts every test set."""
        own = self.spec(model).views
        return self.views if own is None else own

    def all_views(self) -> list[str]:
        """Return the views of all models, each once."""
        return list(dict.fromkeys(view for model in self.models for view in self.views_for(model)))

    def cells(self) -> list[Cell]:
        """Return every run of the grid, in the order of the file."""
        return [
            Cell(model, train, seed)
            for train in self.train
            for model, spec in self.models.items()
            for seed in (self.seeds if spec.seeds is None else spec.seeds)
        ]

    def cell(self, model: str, train: str, seed: int) -> Cell:
        """Return one run of the grid; a model, data set or seed outside the study is an error."""
        self.spec(model)
        if train not in self.train:
            raise unknown("training data set", train, self.train)
        seeds = {cell.seed for cell in self.cells() if cell.model == model}
        if seed not in seeds:
            raise unknown("seed", str(seed), map(str, seeds))
        return Cell(model, train, seed)


def list_studies() -> list[str]:
    """Return the names of the study files."""
    return sorted(path.stem for path in paths.studies_dir().glob("*.yml"))


def load_study(name: str) -> Study:
    """Return the study called `name` (`studies/<name>.yml`), or the one in the file `name`."""
    path = Path(name)
    if path.suffix not in (".yml", ".yaml"):
        path = paths.studies_dir() / f"{name}.yml"
        if not path.is_file():
            raise unknown("study", name, list_studies())
    if not path.is_file():
        raise FerError(f"no study file at {path}; see `fer studies list`")
    try:
        content = parse_yaml(path.read_bytes(), path)
        if not isinstance(content, dict):
            raise FerError(f"{path}: a study is a mapping; see studies/demo.yml")
        study = Study.model_validate({"name": path.stem, **content})
    except ValidationError as error:
        raise FerError(f"{path}: {_first_fault(error)}") from error
    if study.name != path.stem:
        raise FerError(f"{path}: the study calls itself {study.name!r}; name and file must agree")
    return study


def _merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(map(str, fault["loc"])) or "the file"
    message = fault["msg"]
    if fault["type"] == "extra_forbidden":
        message = "this name is not known; check its spelling"
    return f"{where}: {message}"
