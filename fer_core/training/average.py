"""A running average of the weights (EMA), which is validated and kept in their place."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from fer_core.recipe_parts import Averaging


def start_average(net: nn.Module, averaging: Averaging) -> AveragedModel | None:
    """Return an average that begins with the present weights of `net`, or None without decay.

    After each step, `average.update_parameters(net)`: with decay d and the weights w_t after step
    t, a_t = d a_{t-1} + (1 - d) w_t and a_0 = w_0. Buffers are the net's latest, or, with
    `buffers`, averaged in the same way, but for whole numbers, such as a count or an index. It goes
    on through all phases. Source: Polyak and Juditsky, Acceleration of stochastic approximation by
    averaging (1992), with exponential weights.
    """
    if not averaging.decay:
        return None
    lerp = get_ema_multi_avg_fn(averaging.decay)

    def move(averages: Sequence[Tensor], latest: Sequence[Tensor], count: Tensor) -> None:
        if averages[0].is_floating_point():
            lerp(averages, latest, count)
        else:
            torch._foreach_copy_(averages, latest)

    average = AveragedModel(net, multi_avg_fn=move, use_buffers=averaging.buffers)
    average.update_parameters(net)  # the first one only copies
    return average
