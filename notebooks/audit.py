# ---
# jupyter:
#   chapter:
#     needs:
#     - models
#     - audit
#     order: 60
#     scope: study
#     title: Can I trust it?
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Can I trust it?
#
# What do training and test share, which scores beat nothing, and how often was a run repeated?

# %% tags=["parameters"]
study = "demo"  # a file in studies/

# %% tags=["remove-cell"]
from fer_core.analysis.audit import (
    between_splits_table,
    copies_table,
    faces_table,
    flags_table,
    leak_table,
    method_table,
    planted_table,
    publishable_pairs,
    read_audit,
    said,
    shared_table,
    with_unknown,
)
from fer_core.analysis.cross import cross_table
from fer_core.analysis.leaks import NotAudited, leak_worth, leaking_images
from fer_core.analysis.summaries import read_summaries
from fer_core.book.prose.answers import about_audit, about_constants, about_no_leaks
from fer_core.book.prose.findings import (
    copies_within,
    found_of_planted,
    not_above,
    shared_by_pairs,
    shared_by_sets,
    worth_of_leaks,
)
from fer_core.book.prose.trust import about_seeds, no_better_table
from fer_core.book.study_page import Page
from fer_core.data.permission import faces, shown_here
from fer_core.figures.faces import describe_pairs, draw_pairs
from fer_core.figures.marks import constant_note, mark_constant
from fer_core.figures.tables import display_table

# %% tags=["hide-input"]
page = Page(study, "audit")
data = f"results/{page.name}/data"
summaries = read_summaries(page.study)
audit = read_audit(page.name)
known = audit.leaking if not isinstance(page.leaks, NotAudited) else audit.leaking.head(0)
worth = leak_worth(page.result.outcomes, leaking_images(known))
cross = cross_table(page.result.outcomes, page.shared)
told = about_constants(page.titles.frame(cross)), about_seeds(cross)
page.answer("\n\n".join((about_audit(audit, page.titles.frame(worth)), *told)))
page.say_behind()

# %% tags=["as-text"]
page.section(
    "constant",
    not_above(cross),
    """Always naming the most frequent emotion of a test set is the least that a model must beat.
    How often the intervals of this book hold the truth was simulated: {doc}`/book/protocol` has
    the table.""",
)

# %% tags=["hide-input"]
weak = no_better_table(cross)
columns = ["model", "train", "test", "macro_f1", "accuracy", "majority_rate", "kind", "seeds"]
top = page.first(weak)
shown = mark_constant(top, display_table(top, columns)) if len(weak) else weak
caption = f"""Cells in which macro-F1 or accuracy, or both, are not shown to beat the constant
answer; the constant answer is its accuracy. {page.drawn} {constant_note(top)}
{page.left(weak, top)}"""
page.scores(weak, "no-better", caption, shown, "Every score beats the constant answer.")

# %% tags=["as-text"]
page.section(
    "worth",
    worth_of_leaks(worth, page.leaks),
    """Each model is scored on all test images, and on those without a near copy or their person
    among the images trained on. *Gain* is the difference, paired by image: what the score owes to
    images that the model knew, and to these images being easier or harder than the others.""",
)

# %% tags=["hide-input"]
top = page.first(worth)
caption = f"""Accuracy on all test images and on those that do not leak from training (Wilson), and
the gain (bootstrap), with 95 % intervals, joined with those of the seeds where there are
several. {page.drawn} {page.left(worth, top)}"""
otherwise = about_no_leaks(page.leaks)
columns = ["model", "train", "test", "gain", "accuracy_all", "accuracy_without"]
columns += ["leaking", "n", "seeds", "drawn"]
shown = display_table(top, columns if len(worth) else None)
page.table(worth, "worth", caption, page.predictions, shown, otherwise)

# %% tags=["as-text"]
page.section(
    "leaks",
    shared_by_pairs(audit),
    """Byte copies of test images never train. *Near copies* are the same picture saved again,
    scaled or mirrored; *persons* are test images of somebody who is also trained on. Validation
    images, which choose the epoch, count as trained on. Persons are *unknown* where a set names
    nobody, or two name persons in different ways. *Share* is the largest of the three per test
    image. A mark (†) in the other chapters says that a score comes from a pair with such
    images.""",
)

# %% tags=["hide-input"]
caption = f"""Test images with a copy, a near copy or their person among the images trained on.
{page.note(())}"""
otherwise = "These results hold no list of leaks."
leaks = leak_table(audit)
page.table(leaks, "leaks", caption, f"{data}/leaks.csv", with_unknown(leaks), otherwise)

# %% tags=["as-text"]
copies = copies_table(summaries)
page.section("copies", copies_within(copies))

# %% tags=["hide-input"]
caption = "Byte copies and near copies of each data set; a pair conflicts if its labels differ."
page.table(copies, "copies", caption, f"{data}/*.json", with_unknown(copies))

# %% tags=["hide-input"]
caption = "Images of one split that another split of the same data set holds as well."
splits = between_splits_table(summaries)
shown = splits.map(lambda cell: cell if isinstance(cell, str) else said(cell))
page.table(splits, "splits", caption, f"{data}/*.json", shown)

# %% tags=["as-text"]
page.section(
    "shared",
    shared_by_sets(audit.shared),
    """Byte copies are images of either set whose file is in the other one too. Persons are
    *unknown* where a data set names nobody, or two name persons in different ways.""",
)

# %% tags=["hide-input"]
caption = "Byte copies, pairs of near copies and persons that each two data sets have in common."
otherwise = "One data set has no other to share with."
if len(summaries) > 1:
    otherwise = f"Not searched: make these results' list with `fer summarise {page.name}`."
shown, source = shared_table(audit), f"{data}/shared.csv"
page.table(audit.shared, "shared", caption, source, shown, otherwise)

# %% tags=["hide-input"]
pairs = publishable_pairs(audit, shown_here(list(summaries)))
for i, row in enumerate(pairs.to_dict("records"), start=1):
    sets, ids = (row["dataset_a"], row["dataset_b"]), (row["sample_a"], row["sample_b"])
    images = [faces(name, [sample])[0] for name, sample in zip(sets, ids, strict=True)]
    labels = [f"{row['emotion_a']}, {row['split_a']}", f"{row['emotion_b']}, {row['split_b']}"]
    fig = draw_pairs(images, labels, sets)
    alt = describe_pairs(labels, sets, row["mirrored"])
    caption = f"A pair that the search reports, correlation {row['correlation']:.3f}."
    owners = list(dict.fromkeys(sets))
    page.figure(fig, f"pair-{i}", alt, caption, f"{data}/near.csv", pixels_of=owners)

# %% [markdown]
# ## Flagged images
#
# A flag is a hint and excludes nothing: the image is flat, dark, bright or tiny. The file lists
# each flagged image.

# %% tags=["hide-input"]
caption, flags = "Flagged images per data set and reason.", flags_table(summaries)
rows, otherwise = audit.screening if len(flags) else flags, "None found: no image is flagged."
page.table(rows, "flags", caption, f"{data}/screening.csv", flags, otherwise)

# %% [markdown]
# ## How faces were found

# %% tags=["hide-input"]
caption = "Settings and counts of face detection, where faces were looked for."
otherwise = (
    "Faces were looked for in no data set of this study: images are taken whole or cut alike."
)
page.table(faces_table(summaries), "faces", caption, f"{data}/*.json", otherwise=otherwise)

# %% tags=["as-text"]
planted = planted_table(audit)
page.section(
    "method",
    found_of_planted(planted),
    """Copies were planted in the data, in ways that are known, and searched for like all others.
    Recall is the share that was found, with Wilson's interval.""",
)

# %% tags=["hide-input"]
shown = display_table(planted_table(audit, pooled=True))
caption = "Planted copies over all data sets, and how many were found; the file has each data set."
source = f"{data}/audit.json"
page.table(planted, "planted", caption, source, shown, "No copy was planted.")

# %% tags=["hide-input"]
caption, otherwise = "Settings of the search and its precision.", "No settings are on file."
page.table(method_table(audit), "method", caption, source, otherwise=otherwise)

# %% [markdown]
# ## What this does not show
#
# A pair that the search misses counts as clean: recall says how many of the planted ones it
# found, and real ones may be harder: crops far off the centre, words printed on the picture,
# clipped contrast. Persons are compared only where the data sets name them in
# the same way. Two photographs of one person by the same photographer, minutes apart, are no near
# copies and leak all the same.
