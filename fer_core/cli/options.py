"""Options that several commands take, declared once."""

import inspect
from collections.abc import Callable

Command = Callable[..., None]


def with_options_of(source: Callable[..., object]) -> Callable[[Command], Command]:
    """Give a command, in place of its `**options`, the parameters of `source` that it lacks.

    They stand after its own arguments and before what follows its `*`, in help too.
    """

    def declare(command: Command) -> Command:
        signature = inspect.signature(command)
        own = signature.parameters
        shared = [p for p in inspect.signature(source).parameters.values() if p.name not in own]
        first = [p for p in own.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        last = [p for p in own.values() if p.kind is p.KEYWORD_ONLY]
        keyword = [p.replace(kind=p.KEYWORD_ONLY) for p in shared]
        command.__signature__ = signature.replace(parameters=[*first, *keyword, *last])  # type: ignore[attr-defined]
        return command

    return declare
