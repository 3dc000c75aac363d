"""A study with its data sets replaced by others that anybody has, at a size that fits."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import yaml

from fer_core.data.framing import enlarged
from fer_core.data.load import load_dataset
from fer_core.errors import FerError
from fer_core.models.weights.wanted import missing_weights
from fer_core.planning.cost import Speed
from fer_core.planning.fewer import mildest, rules_of
from fer_core.planning.fitting import Fit, cut
from fer_core.planning.needs import images_of
from fer_core.recipe_files import merge
from fer_core.study import Study

# What training sets are replaced by, one for one, and what is tested on besides these.
INSTEAD: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "phantoms": (("phantom-lab", "phantom-street", "phantom-web"), ()),
    "open": (("fer2013", "ferplus", "nhfi"), ("muxspace", "london")),
}
TITLES = {"phantoms": "phantoms", "open": "open data sets"}
NOT_TAKEN = {
    *("name", "place", "questions", "note", "follows_code", "raters"),
    *("label_confidence", "contempt", "compiled", "leaks", "upsample"),
}


class StandIn(NamedTuple):
    """A study that stands for another: the content of its file, of which runs there are fewer, what
    of each model was changed, why models were left out, and the hours of all its runs."""

    content: dict[str, Any]
    fewer: str
    changed: dict[str, str]
    left_out: dict[str, str]
    hours: float

    def text(self, command: str) -> str:
        """Return the file, whose comment says by which command it was written and what it cuts."""
        told = {**self.changed, **{m: f"left out: {why}" for m, why in self.left_out.items()}}
        fewer = [self.fewer] if self.fewer else []
        each = (f"{model}: {text}" for model, text in told.items())
        return file_text(self.content, [f"Written by `{command}`.", *fewer, *each])


def stand_in(
    study: Study, name: str, on: str, budget: float, known: Mapping[tuple[str, int], Speed]
) -> StandIn:
    """Return `study` on the sets of INSTEAD[on], as the study `name`, in `budget` hours of runs.

    Phantoms are rendered where they are not yet. A set that is not prepared, and hours that fit no
    run, are FerErrors.
    """
    if not 0 < budget < float("inf"):
        raise FerError(f"{budget:g} hours is no time to fit; give a number above 0, such as 8")
    if not study.models:
        raise FerError(f"{study.name} trains nothing, so hours cut nothing; leave --hours out")
    whole, lacking, as_others = replaced(study, on)
    images = {
        name: images_of(load_dataset(name))
        for name in Study.model_validate({"name": name, **whole}).datasets()
    }
    content, fewer, fits, too_dear, twins = mildest(whole, name, images, budget, known)
    left_out = as_others | twins | too_dear
    if not fits:
        cheapest, why = list(left_out.items())[-1]
        raise FerError(
            f"{budget:g} hours fit no run of {study.name}, not even of {cheapest}: {why}; "
            "give more hours"
        )
    new = Study.model_validate({"name": name, **content})
    cuts = {model: told(new, model, to) for model, to in fits.items()}
    changed = {
        model: "; ".join(filter(None, (cuts[model], lacking.get(model, "")))) or "as it was"
        for model in fits
    }
    content["note"] = _note(study, on, budget, fewer, cuts, lacking, left_out)
    content["models"] = {
        model: _shrunk(content["models"][model], cut(new.recipe_for(model), to), to.size)
        for model, to in fits.items()
    }
    content |= _questions(study, cuts, lacking) | rules_of(content)
    Study.model_validate({"name": name, **content})
    return StandIn(content, fewer, changed, left_out, sum(to.hours for to in fits.values()))


def other_tests(study: Study, on: str) -> dict[str, Any]:
    """Return the content of the file of a study that trains nothing on other test sets, which all
    its raters are to answer. Phantoms, whose emotions nobody has named, are a FerError."""
    if on == "phantoms":
        raise FerError(
            f"{study.name} compares raters, and none has answered phantoms: an invented answer "
            "would show nothing; --on open keeps the raters"
        )
    first, more = INSTEAD[on]
    content = study.model_dump(mode="json", exclude_defaults=True, exclude=NOT_TAKEN - {"raters"})
    raters = {
        name: {key: value for key, value in rater.items() if key != "test"}
        for name, rater in content["raters"].items()
    }
    return content | {
        "title": f"{study.title}, on {TITLES[on]}",
        "note": f"The study {study.name} on {TITLES[on]} in place of its test sets. "
        "What its raters answer here says nothing about the sets of that study.",
        "raters": raters,
        "test": [*first, *more],
    }


def file_text(content: Mapping[str, Any], comment: Iterable[str]) -> str:
    """Return a study file that begins with lines of comment."""
    head = "".join(f"# {' '.join(line.split())}\n" for line in comment)
    return head + yaml.safe_dump(
        content, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )


def replaced(study: Study, on: str) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Return the content of a study's file on other sets, without weights that are not here; what
    each model lacks; and the models left out, which are as another one without their weights."""
    first, more = INSTEAD[on]
    named = dict.fromkeys((*study.train, *study.train_sets()))
    train = {old: first[place % len(first)] for place, old in enumerate(named)}
    content = study.model_dump(mode="json", exclude_defaults=True, exclude=NOT_TAKEN)
    lacking, left_out = {}, {}
    seen: dict[str, str] = {}
    for model, spec in study.models.items():
        own = content["models"][model]
        if spec.train:
            own["train"] = _each(train, spec.train)
        missing = missing_weights(spec)
        if missing:
            files = own["weights"] if isinstance(own["weights"], dict) else {}
            own["weights"] = {p: file for p, file in files.items() if file not in missing} or "none"
            own.pop("labels", None)
            lacking[model] = f"without {', '.join(missing)}"
        same = repr(sorted((key, str(own[key])) for key in own if key != "title"))
        if missing and same in seen:
            left_out[model] = f"without its weights as {seen[same]}"
            del content["models"][model], lacking[model]
        seen.setdefault(same, model)
    content |= {
        "title": f"{study.title}, on {TITLES[on]}",
        "train": _each(train, study.train),
        "test": [*first, *more],
        "leaks": dict.fromkeys(_each(train, study.train_sets()), "drop"),
    }
    side = max(spec.input_size for spec in study.models.values())
    sets = {name: load_dataset(name) for name in content["test"]}
    small = [n for n, of in sets.items() if enlarged(of.framing, side) == "source larger"]
    return content | ({"upsample": small} if small else {}), lacking, left_out


def told(study: Study, model: str, to: Fit) -> str:
    """Say what of a model's runs was cut."""
    recipe, size = study.recipe_for(model), study.spec(model).input_size
    parts = (
        f"{to.epochs} of {recipe.epochs} epochs" if to.epochs < recipe.epochs else "",
        f"{to.images} training images" if to.images is not None else "",
        f"{to.size} px instead of {size} px" if to.size != size else "",
    )
    return ", ".join(filter(None, parts))


def _each(train: Mapping[str, str], names: Collection[str]) -> list[str]:
    return list(dict.fromkeys(train[name] for name in names))


def _shrunk(own: dict[str, Any], changes: dict[str, Any], size: int) -> dict[str, Any]:
    recipe = merge(own.get("recipe", {}), changes)
    was = own.get("input_size", size)
    title = {"title": own["title"].replace(f"{was} px", f"{size} px")} if "title" in own else {}
    return {**own, "input_size": size} | title | ({"recipe": recipe} if recipe else {})


def _questions(study: Study, cuts: Mapping[str, str], lacking: Collection[str]) -> dict[str, Any]:
    """Return the questions of the pairs that still differ in nothing else: cut alike, and both
    with or both without their weights. No printed value stands beside other sets."""
    asked: list[dict[str, Any]] = [
        {
            "title": question.title,
            "change": question.change,
            "pairs": [
                [one, other]
                for one, other in question.pairs
                if one in cuts and other in cuts
                if cuts[one] == cuts[other] and (one in lacking) == (other in lacking)
            ],
        }
        for question in study.questions
    ]
    asked = [question for question in asked if question["pairs"]]
    return {"questions": asked} if asked else {}


def _note(
    study: Study, on: str, budget: float, fewer_runs: str, cuts: Mapping[str, str],
    lacking: Mapping[str, str], left_out: Mapping[str, str],
) -> str:  # fmt: skip
    """Return the note of the study, which is shown on each of its chapters."""
    counted = {
        "epochs": sum("epochs" in text for text in cuts.values()),
        "training images": sum("training images" in text for text in cuts.values()),
        "pixels": sum("px" in text for text in cuts.values()),
    }
    fewer = ", ".join(f"fewer {what} in {n}" for what, n in counted.items() if n) or "nothing cut"
    random = sum(model in lacking for model in cuts)
    parts = (
        f"The study {study.name} on {TITLES[on]} in place of its data sets, cut so that its "
        f"runs take {budget:g} hours of one CPU: of {len(study.models)} models {fewer}",
        fewer_runs,
        f"{random} without starting weights that were not here" if random else "",
        f"{len(left_out)} left out" if left_out else "",
    )
    return (
        f"{'; '.join(filter(None, parts))}. The comment of its file has each. It shows that the "
        "protocol runs; its scores are none of the paper's."
    )
