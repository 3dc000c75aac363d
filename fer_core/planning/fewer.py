"""A study with fewer runs: fewer seeds first, then training sets, then test sets."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fer_core.planning.cost import Speed
from fer_core.planning.fitting import Fit, cut, fit_all
from fer_core.planning.needs import Images
from fer_core.recipe_files import merge
from fer_core.study import Study


class Cut(NamedTuple):
    """A study with fewer runs: its content, which these are, what each model that fits is cut to,
    why others do not fit, and which are then as another one."""

    content: dict[str, Any]
    fewer: str
    fits: dict[str, Fit]
    too_dear: dict[str, str]
    twins: dict[str, str]


def mildest(
    whole: Mapping[str, Any], name: str, images: Mapping[str, Images], budget: float,
    known: Mapping[tuple[str, int], Speed],
) -> Cut:  # fmt: skip
    """Return, of the cuts of `cuts_of`, the first in which the most models fit."""
    found = []
    for content, fewer in cuts_of(whole):
        study = Study.model_validate({"name": name, **content})
        of_each = fit_all(study, images, budget, known)
        too_dear = {model: to for model, to in of_each.items() if isinstance(to, str)}
        fits = {model: to for model, to in of_each.items() if isinstance(to, Fit)}
        twins = _as_others(study, fits)
        kept = {model: to for model, to in fits.items() if model not in twins}
        found.append(Cut(content, fewer, kept, too_dear, twins))
        if not too_dear:
            break
    return min(found, key=lambda one: len(one.too_dear))


def _as_others(study: Study, fits: Mapping[str, Fit]) -> dict[str, str]:
    """Return the models that are, once they are cut, as another one."""
    seen: dict[str, str] = {}
    found = {}
    for model, to in fits.items():
        recipe = merge(study.recipe_for(model).model_dump(), cut(study.recipe_for(model), to))
        spec = study.spec(model).identity() | {"input_size": to.size, "recipe": recipe}
        same = repr((spec, study.spec(model).train, study.spec(model).seeds))
        if same in seen:
            found[model] = f"at {to.size} px as {seen[same]}"
        seen.setdefault(same, model)
    return found


def cuts_of(whole: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield a study's content with fewer and fewer runs, each with what was cut: first seeds, then
    the training sets of each model, then the test sets that none is trained on."""
    seeds = whole.get("seeds", [0])
    sets = max(len(of["train"]) for of in (whole, *whole["models"].values()) if "train" in of)
    for n in range(len(seeds), 0, -1):
        told = f"{n} of {len(seeds)} seeds" if n < len(seeds) else ""
        yield _fewer(whole, n, sets, False), told
    first = parts = [f"1 of {len(seeds)} seeds"] if len(seeds) > 1 else []
    for n in range(sets - 1, 0, -1):
        parts = [*first, f"each model on {n} of its training sets"]
        yield _fewer(whole, 1, n, False), ", ".join(parts)
    own = _fewer(whole, 1, 1, True)
    if len(own["test"]) < len(whole["test"]):
        yield own, ", ".join([*parts, "tested on no other sets"])


def _fewer(whole: Mapping[str, Any], seeds: int, sets: int, own_tests: bool) -> dict[str, Any]:
    """Return a study's content with the first seeds and the first training sets of each model, and
    perhaps with those test sets alone that some model is trained on."""

    def first(of: Mapping[str, Any]) -> dict[str, Any]:
        most = {"seeds": seeds, "train": sets}
        return {key: value[: most[key]] if key in most else value for key, value in of.items()}

    content = {**first(whole), "models": {name: first(of) for name, of in whole["models"].items()}}
    if own_tests:
        content["test"] = [name for name in whole["test"] if name in _trained(content)]
    return content | rules_of(content)


def _trained(content: Mapping[str, Any]) -> set[str]:
    """Return the sets that the models of a study's content are trained on."""
    models = content["models"].values()
    return {train for of in models for train in of.get("train", content["train"])}


def rules_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules of a study's content for those sets that it still has."""
    trained = _trained(content)
    found: dict[str, Any] = {
        "leaks": {name: rule for name, rule in content["leaks"].items() if name in trained}
    }
    if "upsample" in content:
        used = trained | {*content["test"]}
        found["upsample"] = [name for name in content["upsample"] if name in used]
    return found
