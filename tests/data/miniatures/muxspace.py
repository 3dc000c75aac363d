"""A miniature of muxspace/facial_expressions as its repository has it: several people's lines."""

from tests.data.made import png

HEADER = "user.id,image,emotion"
LINES = (
    "628,facial-expressions_2868588k.jpg,disgusted",  # no person's name
    "302,Al_Gore_0002.jpg,anger",
    "dwdii,Al_Gore_0002.jpg,ANGER",  # listed twice, one meaning
    "302,Tim_Allen_0001.jpg,happiness",
    "dwdii,Tim_Allen_0001.jpg,neutral",  # listed twice, two meanings
    "jhamski,KatrinaKaif_65.jpg,FEAR",  # a film still in colour
    "jhamski,SharmilaTagore_42.jpg,CONTEMPT",
    "jhamski,Absent_0001.jpg,SADNESS",  # not among the images
)


def legend(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines, "")).encode()


def repository() -> dict[str, bytes]:
    """Photographs in images/, augmented ones beside it, and the legend."""
    grey = (
        "facial-expressions_2868588k",
        "Al_Gore_0002",
        "Tim_Allen_0001",
        "SharmilaTagore_42",
        "No_Label_0001",
    )
    files = {f"repo/images/{name}.jpg": png(seed) for seed, name in enumerate(grey)}
    return files | {
        "repo/images/KatrinaKaif_65.jpg": png(9, colour=True),
        "repo/Augmented/Augmented_FN_batch_0_file_111.jpg": png(10),
        "repo/images/457.ipynb": b"{}",
        "repo/data/legend.csv": legend(*LINES),
    }
