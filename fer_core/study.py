"""A study: which models, trained on which data sets, tested on which. Only what to compare."""

from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    Field,
    JsonValue,
    StrictInt,
    ValidationError,
    field_validator,
    model_validator,
)

from fer_core import paths
from fer_core.errors import FerError, unknown
from fer_core.names import ModelName, Name
from fer_core.questions import Question
from fer_core.rater_facts import ExpectedRater, require_answers
from fer_core.recipe import Machine, Recipe
from fer_core.recipe_files import BASE, merge, resolve, settings_in_parts
from fer_core.recipe_parts import FROZEN
from fer_core.views import CLEAN, Views
from fer_core.yaml_files import parse_yaml

Confidence = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ModelSpec(BaseModel):
    """A model of a study: a net of ours or of timm, its input and its starting weights."""

    model_config = FROZEN

    title: str = Field("", description="as people write it, in tables and sentences")
    backbone: str
    input_size: int = Field(48, ge=16, le=1024, description="side of the square input, pixels")
    stem: Literal["standard", "keep"] = Field("standard", description="keep: shrinks half as much")
    weights: str | dict[str, str] = Field(
        "none", description="none, imagenet, the path of a file, or a file for each part of the net"
    )
    labels: str | None = Field(
        None, description="vocabulary in whose order a file without labels has its outputs"
    )
    options: dict[str, JsonValue] = Field(
        {}, description="switches of a net of ours; variant: corrected"
    )
    recipe: dict[str, Any] = Field(
        {}, description="changes to the study's recipe, or with a base to that one; or its name"
    )
    machine: dict[str, Any] = Field({}, description="changes to the study's machine settings")
    train: tuple[Name, ...] | None = Field(None, min_length=1, description="instead of the study's")
    seeds: tuple[StrictInt, ...] | None = Field(
        None, min_length=1, description="instead of the study's seeds"
    )
    views: Views | None = Field(None, description="instead of the study's views")

    @model_validator(mode="before")
    @classmethod
    def _recipe_has_parts(cls, data: Any) -> Any:
        return settings_in_parts(data)

    @field_validator("train", "seeds")
    @classmethod
    def _no_repeats(cls, values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        return values and _each_once(values)

    def identity(self) -> dict[str, Any]:
        """Return what decides how the net starts, as far as it differs from the defaults."""
        others = {"title", "recipe", "machine", "train", "seeds", "views"}
        return self.model_dump(mode="json", exclude_defaults=True, exclude=others)


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
    models: dict[ModelName, ModelSpec] = {}
    raters: dict[Name, ExpectedRater] = Field({}, description="who else is to answer its tests")
    train: tuple[Name, ...] = Field((), description="at least one where there are models")
    test: tuple[Name, ...] = Field(min_length=1)
    seeds: tuple[StrictInt, ...] = Field((0,), min_length=1)
    questions: tuple[Question, ...] = Field((), description="answered by paired differences")
    views: Views = Field((CLEAN,), description="how test images are shown, as side-<pixels>")
    recipe: Recipe = Recipe()
    machine: Machine = Field(Machine(), description="how runs are calculated")
    leaks: dict[str, Literal["drop", "keep"]] = Field(
        {}, description="per training set: near copies of test images, persons in tests"
    )
    contempt: Literal["drop", "keep"] = Field(
        "drop", description="keep: an eighth emotion, where a set has it"
    )
    compiled: dict[Name, tuple[Name, ...]] = Field({}, description="its sets that others make up")
    upsample: tuple[str, ...] = Field(
        (), description="sets used although a net enlarges what a larger store would show sharply"
    )
    flagged: Literal["keep", "drop"] = Field(
        "keep", description="drop: no training on images that screening flags"
    )
    follows_code: bool = Field(False, description="a change of the code makes its runs again")
    place: int | None = Field(None, description="in the book; others come after, by name")
    label_confidence: dict[str, Confidence] = Field(
        {}, description="per training set: the least confidence of an image to train on"
    )

    @model_validator(mode="before")
    @classmethod
    def _recipe_is_whole(cls, data: Any) -> Any:
        data = settings_in_parts(data)
        if isinstance(data, dict) and isinstance(data.get("recipe"), dict):
            data = {**data, "recipe": resolve(data["recipe"])}
        return data

    @field_validator("train", "test", "seeds", "views", "upsample")
    @classmethod
    def _no_repeats(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        return _each_once(values)

    _somebody_answers = model_validator(mode="after")(require_answers)

    @model_validator(mode="after")
    def _rules_name_sets_of_the_study(self) -> "Study":
        trained, used = ("training set", self.train_sets()), ("data set", self.datasets())
        rules = {"leaks": trained, "label_confidence": trained, "upsample": used, "compiled": used}
        for field, (kind, names) in rules.items():
            for name in getattr(self, field):
                if name not in names:
                    raise ValueError(f"{field} names {name}, which is no {kind} of this study")
        return self

    @model_validator(mode="after")
    def _recipes_are_valid_and_models_known(self) -> "Study":
        for model in self.models:
            self.recipe_for(model)
            self.machine_for(model)
        for model in chain.from_iterable(chain(*(q.pairs for q in self.questions))):
            self.spec(model)
        return self

    def spec(self, model: str) -> ModelSpec:
        """Return a model of this study by name."""
        if model not in self.models:
            raise unknown("model", model, self.models)
        return self.models[model]

    def recipe_for(self, model: str) -> Recipe:
        """Return the recipe of a model: the study's with the model's own changes, or, where these
        name a base, that one with them."""
        changes = self.spec(model).recipe
        if BASE in changes:
            return Recipe.model_validate(resolve(changes))
        return Recipe.model_validate(merge(self.recipe.model_dump(), changes))

    def machine_for(self, model: str) -> Machine:
        """Return the study's settings of the machine with the model's own changes."""
        return Machine.model_validate(self.machine.model_dump() | self.spec(model).machine)

    def views_for(self, model: str) -> tuple[str, ...]:
        """Return the views in which a model of this study predicts every test set."""
        own = self.spec(model).views
        return self.views if own is None else own

    def all_views(self) -> list[str]:
        """Return the views of all models, each once."""
        return list(dict.fromkeys(view for model in self.models for view in self.views_for(model)))

    def cells(self) -> list[Cell]:
        """Return every planned run, in the order of the file; nothing else is ever missing."""
        named = [name for spec in self.models.values() for name in spec.train or ()]
        return [
            Cell(model, train, seed)
            for train in dict.fromkeys((*self.train, *named))
            for model, spec in self.models.items()
            if train in (spec.train or self.train)
            for seed in (spec.seeds or self.seeds)
        ]

    def train_sets(self) -> tuple[str, ...]:
        """Return every data set that a planned run trains on."""
        return tuple(dict.fromkeys(cell.train for cell in self.cells()))

    def datasets(self) -> tuple[str, ...]:
        """Return every data set that a planned run needs: training sets, then other test sets."""
        return tuple(dict.fromkeys((*self.train_sets(), *self.test)))

    def cell(self, model: str, train: str, seed: int) -> Cell:
        """Return one planned run; a model, data set or seed outside the study is an error."""
        self.spec(model)
        mine = [cell for cell in self.cells() if cell.model == model]
        if train not in (trains := [cell.train for cell in mine]):
            raise unknown("training data set", train, trains)
        if seed not in (seeds := {cell.seed for cell in mine}):
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
    content = parse_yaml(path.read_bytes(), path)
    if not isinstance(content, dict):
        raise FerError(f"{path}: a study is a mapping; see studies/demo.yml")
    try:
        study = Study.model_validate({"name": path.stem, **content})
    except ValidationError as error:
        raise FerError(f"{path}: {_first_fault(error)}") from error
    except FerError as error:  # a fault of a recipe file: which study asks for it
        raise FerError(f"{path}: {error}") from error
    if study.name != path.stem:
        raise FerError(f"{path}: the study calls itself {study.name!r}; name and file must agree")
    return study


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError(f"{', '.join(map(str, values))} names something twice")
    return values


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(map(str, fault["loc"])) or "the file"
    if fault["type"] == "extra_forbidden":
        return f"{where}: this name is not known; check its spelling"
    return f"{where}: {fault['msg']}"
