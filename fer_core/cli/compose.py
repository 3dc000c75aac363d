"""`fer data compile`, `balance` and `split`: a set of several, of candidates, split anew."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from fer_core.cli.faces import Align, Margin, Several, choose_faces, make_cutter
from fer_core.cli.output import Json, print_json, show_rows

Near = Annotated[
    bool, typer.Option(help="Search for near copies too: minutes for a hundred thousand images.")
]


def compile_(
    name: Annotated[str, typer.Argument(help="The name of the new data set.")],
    of: Annotated[list[str], typer.Option(help="A prepared data set; give at least two.")],
    split: Annotated[
        str, typer.Option(help="`new`: 80/10/10 % by emotion and source; `own`: the sources'.")
    ] = "new",
    size: Annotated[
        int | None, typer.Option(help="Side of the stored images, pixels; else the largest.")
    ] = None,
    near: Near = True,
    json: Json = False,
) -> None:
    """Make one data set of several prepared ones; every image still tells its source."""
    from fer_core.data.copies.pairs import near_table
    from fer_core.data.load import load_dataset
    from fer_core.data.prepare.compile import check_sources, compile_datasets
    from fer_core.data.summary import summarise

    check_sources(name, of, split)
    wanted = near and split == "new"
    pairs = near_table([load_dataset(source) for source in sorted(of)]) if wanted else None
    dataset = compile_datasets(name, of, split, size, pairs, progress=not json)
    if json:
        print_json(summarise(dataset))
        return
    index = dataset.index
    typer.echo(f"{name}: {len(index):,} images, {(index['excluded'] != '').sum():,} excluded")
    used = index[index["excluded"] == ""]
    counts = pd.crosstab([used["source"], used["split"]], used["emotion"])
    emotions = [str(emotion) for emotion in counts]
    rows = [
        {"source": source, "split": part, **dict(zip(emotions, map(int, row), strict=True))}
        for (source, part), row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    show_rows(rows, False)


def balance(
    candidates: Annotated[
        Path, typer.Argument(help="Folder or zip: class folders of photographs, sources.csv.")
    ],
    out: Annotated[Path, typer.Argument(help="The folder to make; empty or absent.")],
    per_class: Annotated[int, typer.Option(min=1, help="Images of each emotion.")] = 300,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    margin: Margin = "20px",
    several: Several = None,
    align: Align = False,
    near: Near = True,
    json: Json = False,
) -> None:
    """Make a balanced test set: clean the candidates, cut out the faces, draw equal classes."""
    from fer_core.data.prepare.balanced import balance as build

    cutter = make_cutter(choose_faces("btfer", "mtcnn", margin, several, None, align))
    assert cutter != "centre"
    report = build(candidates, out, cutter, per_class, seed, near, progress=not json)
    if json:
        print_json({"folder": str(out), **report})
        return
    rows = [{"emotion": emotion, **counts} for emotion, counts in report["classes"].items()]
    show_rows(rows, False)
    typer.echo(f"{out} is ready: `fer data add btfer {out}`")


def split(
    name: Annotated[str, typer.Argument(help="A prepared data set.")],
    path: Annotated[Path, typer.Argument(help="A published split list: CSV of sample_id, split.")],
    expected: Annotated[
        str, typer.Option("--hash", help="The split hash that was published with it.")
    ] = "",
    json: Json = False,
) -> None:
    """Give a prepared data set the split that somebody published, for the same images."""
    from fer_core.data.prepare.resplit import use_split
    from fer_core.data.summary import summarise

    dataset = use_split(name, path, expected)
    facts = summarise(dataset)
    if json:
        print_json(facts)
        return
    typer.echo(f"{name}: split {dataset.split_hash}")
    show_rows([{"split": part, **n} for part, n in facts["counts"]["split"].items()], False)
