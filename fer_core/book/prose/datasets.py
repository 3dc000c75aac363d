"""The data sets of a study in words: what was found, and a card for each of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_core.analysis.audit import said
from fer_core.analysis.summaries import CONFLICTS
from fer_core.book.prose.dataset_cards import study_card
from fer_core.book.prose.markdown import Linked, listed, plain
from fer_core.book.prose.matrices import SHADES
from fer_core.book.prose.titles import dataset_title
from fer_core.book.prose.words import counted
from fer_core.data.registry import get_entry, list_datasets
from fer_core.emotions import EIGHT
from fer_core.figures.columns import heading
from fer_core.figures.style import percent
from fer_core.figures.tables import NONE


def about_datasets(shares: pd.DataFrame, cards: pd.DataFrame) -> str:
    """Say which emotion's frequency differs most between the data sets, and whether the depicted
    persons were asked.

    `shares`: of `fer_core.analysis.summaries.share_table`; `cards`: of `card_table` there.
    """
    return f"{_frequencies(shares)} {_consent(cards)}"


def about_images(shares: pd.DataFrame, cards: pd.DataFrame) -> str:
    """Say how many images there are, how many are not used, and how many are copies."""
    total = cards[["images", "not used", "extra copies", CONFLICTS]].sum()
    return (
        f"{counted(len(cards), 'data set')} with {total['images']:,} images, of which "
        f"{total['not used']:,} are not used. {total['extra copies']:,} are byte-identical copies "
        f"of another image of their set, and {total[CONFLICTS]:,} groups of copies carry more "
        f"than one label. {_imbalance(shares)}"
    )


def shown_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of the emotions as shown: a column per data set, in percent, shaded by the
    largest share of all."""
    emotions = [emotion for emotion in EIGHT if emotion in shares]
    largest = shares[emotions].max().max()
    shown = pd.DataFrame({heading("emotion"): [*emotions, "images"]})
    for row in shares.to_dict("records"):
        cells = [_cell(row[emotion], largest) for emotion in emotions]
        column = [*cells, Linked(f"{row['images']:,}")]
        shown[str(row["dataset"])] = pd.Series(column, dtype=object)
    return shown


def study_cards(
    summaries: Mapping[str, Mapping[str, Any]],
    cards: pd.DataFrame,
    shares: pd.DataFrame,
    shared: pd.DataFrame,
    trust: str,
) -> str:
    """Return the cards of a study's data sets, a section each. `shared`: the rows of an audit's
    `shared.csv`; `trust`: the page of the audit, "" where there is none."""
    largest = shares.drop(columns=["dataset", "images"]).max().max()
    sections = []
    for row in cards.to_dict("records"):
        name = row["dataset"]
        told = [about_within(summaries[name]), *about_shared(shared, name)]
        told += [f"What that is worth: {{doc}}`Can I trust it? </{trust}>`"] * bool(trust)
        added = name in list_datasets() and get_entry(name).read is not None
        command = f"fer data add {name} PATH" if added else ""
        sections.append(study_card(name, summaries[name], row, largest, told, command))
    return "\n\n".join(sections)


def about_shared(shared: pd.DataFrame, name: str) -> list[str]:
    """Say in sentences what a data set shares with the others of `shared`; those that share nothing
    that is known are named together."""
    told: list[str] = []
    none: dict[str, list[str]] = {"image": [], "person": [], "unknown": []}
    for row in shared.to_dict("records"):
        if name not in (row["dataset_a"], row["dataset_b"]):
            continue
        mine, other = "ab" if row["dataset_a"] == name else "ba"
        title, copies, persons = (
            dataset_title(row[f"dataset_{other}"]),
            row[f"copies_{mine}"],
            row["persons"],
        )
        found = []
        if copies:
            found.append(
                f"{copies:,.0f} of its {row[f'images_{mine}']:,.0f} images are there byte for byte"
            )
        if row["near"]:
            found.append(f"near copies: {counted(int(row['near']), 'pair')}")
        if persons > 0:
            found.append(f"persons in both: {persons:,.0f}")
        if found:
            told.append(f"**{plain(title)}**: {'; '.join(found)}.")
        if not copies and not row["near"]:
            none["image"].append(title)
        if persons == 0:
            none["person"].append(title)
        if pd.isna(persons) and not copies:
            none["unknown"].append(title)
    told += [
        f"No {what} in common was found with {listed(none[what])}."
        for what in ("image", "person")
        if none[what]
    ]
    unknown = none["unknown"]
    return told + [f"Whether persons are also in {listed(unknown)} is unknown."] * bool(unknown)


def about_within(facts: Mapping[str, Any]) -> str:
    """Say how many images of a data set, by its summary, are copies of others of the set."""
    near = facts.get("near") or {}
    pairs = counted(near["pairs"], "pair") if near else "not searched for"
    return (
        f"Byte copies of another image: {said(facts['copies'])}; groups of them with more than one "
        f"label: {said(facts['conflicting_groups'])}. Near copies: {pairs}."
    )


def _cell(share: float, largest: float) -> Linked:
    if pd.isna(share):
        return Linked(NONE)
    return Linked(f"{100 * share:.1f}", shade=round(SHADES * share / largest))


def _frequencies(shares: pd.DataFrame) -> str:
    """Name the emotion whose share differs most between the sets that have all emotions."""
    emotions = [emotion for emotion in EIGHT if emotion in shares]
    whole = shares.dropna(subset=emotions).set_index("dataset")[emotions]
    if len(whole) < 2:
        return "Fewer than two data sets have all emotions: their frequencies cannot be compared."
    apart = whole.max() - whole.min()
    if not apart.max():
        return f"Each emotion is equally frequent in {listed(whole.index)}."
    emotion = str(apart.idxmax())
    mine = whole[emotion].sort_values()
    return (
        f"**Emotions are not equally frequent, and each data set has its own mix: {emotion} is "
        f"{percent(float(mine.iloc[0]))} of {plain(mine.index[0])} and "
        f"{percent(float(mine.iloc[-1]))} of {plain(mine.index[-1])}.** No other emotion "
        f"differs more among the {len(whole)} data sets that have all emotions. A model that has "
        "learned how frequent they are in its training set is wrong elsewhere."
    )


def _imbalance(shares: pd.DataFrame) -> str:
    """Name the data set with the largest ratio of its most to its least frequent emotion."""
    table = shares.set_index("dataset")[[emotion for emotion in EIGHT if emotion in shares]]
    ratios = (table.max(axis=1) / table.min(axis=1)).sort_values(ascending=False, kind="stable")
    name, ratio = str(ratios.index[0]), float(ratios.iloc[0])
    if round(ratio, 6) == 1:
        return "Every set has as many images of each of its emotions."
    mine = table.loc[name]
    return (
        f"The least balanced set is {plain(name)}: for each image of {mine.idxmin()} it has "
        f"{ratio:,.0f} of {mine.idxmax()}."
    )


def _consent(cards: pd.DataFrame) -> str:
    """Say in which sets the depicted persons consented, were not asked, and so on."""
    words = cards["their consent"].str.partition(":")[0]
    groups = [
        f"{plain(word)} in {listed(part['dataset'])}"
        for word, part in cards.groupby(words, sort=False)
    ]
    shown = int((cards["shown here"] == "yes").sum())
    return (
        f"Consent of the depicted persons: {'; '.join(groups)}. The terms of "
        f"{shown} of {counted(len(cards), 'data set')} allow this book to show faces."
    )
