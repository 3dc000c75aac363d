"""Questions that a study asks of pairs of its models."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from fer_core.names import ModelName
from fer_core.recipe_parts import FROZEN


class Printed(BaseModel):
    """A pair as a paper printed it: two values in a column of `book/printed_scores.csv`."""

    model_config = FROZEN

    by: Literal["pretrain", "resolution", "balance"]
    one: str
    other: str


class Question(BaseModel):
    """What one change does: of each pair of models, which differ in it, the first minus the
    second."""

    model_config = FROZEN

    title: str = Field(min_length=1, description="the question, as a heading")
    change: str = Field(min_length=1, description="what it is asked of: `weights that saw faces`")
    pairs: tuple[tuple[ModelName, ModelName], ...] = Field(min_length=1)
    printed: Printed | None = Field(None, description="what a paper printed of such pairs")

    @field_validator("pairs")
    @classmethod
    def _pairs_are_of_two(cls, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        for one, other in pairs:
            if one == other:
                raise ValueError(f"a pair compares {one} with itself")
        return pairs
