"""What a search tries next, and which trial it gives up: optuna, told the finished trials anew.

Nothing but the trials' file is kept, and each suggestion has a seed of its own, so that a search
that was killed goes on with the same suggestions.
"""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.recipe import Recipe
from fer_core.search_files import Search
from fer_core.trials import COMPLETE, FAILED, IN_USE, SearchRecord, Trial

if TYPE_CHECKING:
    import optuna

RANDOM = 10  # complete trials and given up ones before the sampler looks at scores


def suggest(record: SearchRecord, trials: list[Trial]) -> dict[str, Any]:
    """Return the values of the next trial: those of the recipe in use, then what the
    tree-structured Parzen estimator suggests after `trials`. Source: Bergstra et al., Algorithms
    for hyper-parameter optimization (2011), as in optuna."""
    if not trials:
        return {place: _at(record.recipe, place) for place in record.search.space}
    asked = as_optuna(record, trials).ask(_distributions(record.search))
    return {
        place: json.loads(value) if record.search.space[place].choices else value
        for place, value in asked.params.items()
    }


def falls_behind(record: SearchRecord, trials: list[Trial], curve: tuple[float, ...]) -> bool:
    """Say whether a trial with this curve is given up: its best score so far is below the median of
    the complete trials after as many epochs."""
    if record.search.budget.prune_after is None:
        return False
    asked = as_optuna(record, trials).ask()
    for epoch, score in enumerate(curve, start=1):
        asked.report(score, epoch)
    return asked.should_prune()


def as_optuna(record: SearchRecord, trials: list[Trial]) -> "optuna.Study":
    """Return an optuna study in memory that was told the trials: not that of the recipe in use,
    whose values may lie outside of the space, nor those that failed."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search, states = record.search, optuna.trial.TrialState
    seed = np.random.SeedSequence([search.seed, len(trials)]).generate_state(1)[0]
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(n_startup_trials=RANDOM, seed=int(seed)),
        pruner=optuna.pruners.MedianPruner(n_warmup_steps=search.budget.prune_after or 0),
        direction="minimize" if record.measure == "loss" else "maximize",
    )
    for trial in trials:
        if trial.number == IN_USE or trial.state == FAILED:
            continue
        chosen = {
            place: json.dumps(value) if search.space[place].choices else value
            for place, value in trial.values.items()
        }
        study.add_trial(
            optuna.trial.create_trial(
                state=states.COMPLETE if trial.state == COMPLETE else states.PRUNED,
                value=record.score(trial),
                params=chosen,
                distributions=_distributions(search),
                intermediate_values=dict(enumerate(trial.curve, start=1)),
            )
        )
    return study


def _distributions(search: Search) -> dict[str, Any]:
    from optuna.distributions import CategoricalDistribution as Choices
    from optuna.distributions import FloatDistribution as Float
    from optuna.distributions import IntDistribution as Int

    made: dict[str, Any] = {}
    for place, values in search.space.items():
        if values.choices:
            made[place] = Choices([json.dumps(choice) for choice in values.choices])
        else:
            low, high = values.ends
            made[place] = Int(low, high) if values.int_ else Float(low, high, log=bool(values.log))
    return made


def _at(recipe: Recipe, place: str) -> Any:
    found: Any = recipe.model_dump(mode="json")
    for name in place.split("."):
        found = None if found is None else found[name]
    return found
