"""Who a rater is: what its record says, and what a study says of one that it expects."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, Field

from fer_core.errors import unknown
from fer_core.names import Name
from fer_core.recipe_parts import FROZEN

Kind = Literal["model", "annotator", "vote-share", "simulated"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST = 500  # characters of what is said of a rater


def _one_line(text: str) -> str:
    if not text.isprintable() or not 0 < len(text.strip()) <= LONGEST:
        raise ValueError(f"give one line of at most {LONGEST} printable characters")
    return text.strip()


Line = Annotated[str, AfterValidator(_one_line)]


class ExpectedRater(BaseModel):
    """A rater whose answers a study expects. What is not known of it is not said: it must then be
    said when its answers are added."""

    model_config = FROZEN

    title: Line
    kind: Kind = "model"
    source: Line | None = Field(None, description="citation or address")
    trained_on: tuple[Line, ...] | None = Field(None, min_length=1)
    test: tuple[Name, ...] | None = Field(None, min_length=1, description="not all of the study's")

    def said(self) -> dict[str, object]:
        """Return what a record may take from here; no title where it is open which one it is."""
        left_out = {"test"} if self.source else {"test", "title"}
        return self.model_dump(exclude_none=True, exclude=left_out)


def require_answers(study: Any) -> Any:
    """Return a study that has models with training sets, or raters, or both, whose raters are no
    models and answer its test sets; any other is a ValueError or a FerError."""
    if not study.models and not study.raters:
        raise ValueError("it has neither models nor raters; name one of either")
    if bool(study.models) != bool(study.train):
        told = "models, and no train" if study.models else "a train, and no models"
        raise ValueError(f"it has {told}; models are trained on the sets that train names")
    for name, rater in study.raters.items():
        if name in study.models:
            raise ValueError(f"raters.{name} is a model too; call one of them otherwise")
        for test in rater.test or ():
            if test not in study.test:
                raise unknown(f"test of raters.{name}", test, study.test)
    return study
