"""RAF-DB's basic part: as distributed (the misspelt list, both kinds of images), and Kaggle's."""

from tests.data.miniatures.pictures import jpeg

# official code by name: every emotion in the training part, three of them in the test part
LABELS = {f"train_{number:05d}": number for number in range(1, 8)}
LABELS |= {"test_0001": 4, "test_0002": 7, "test_0003": 1}
EMOTIONS = {
    1: "surprise",
    2: "fear",
    3: "disgust",
    4: "happy",
    5: "sad",
    6: "angry",
    7: "neutral",
}
LIST = "basic/EmoLabel/list_patition_label.txt"


def listed(labels: dict[str, int] = LABELS) -> bytes:
    """The official list: a name without `_aligned`, a blank, a code; Windows line ends."""
    return "".join(f"{name}.jpg {code}\r\n" for name, code in labels.items()).encode()


def attributes(gender: object = 1, race: object = 2, age: object = 3) -> bytes:
    """A file of Annotation/manual: five landmarks, then gender, race and age group."""
    landmarks = "".join(f"{40 + 9 * i}.25\t{50 + i}.5\n" for i in range(5))
    return f"{landmarks}{gender}\n{race}\n{age}\n".encode()


def distributed(aligned: bool = True, original: bool = True) -> dict[str, bytes]:
    """The unpacked folder basic, with all its annotations."""
    out = {LIST: listed(), "basic/README.txt": b"read me"}
    for seed, name in enumerate(LABELS):
        if aligned:
            out[f"basic/Image/aligned/{name}_aligned.jpg"] = jpeg(seed, 100, 100, colour=True)
        if original:
            suffix = "JPG" if seed == 2 else "jpg"
            out[f"basic/Image/original/{name}.{suffix}"] = jpeg(seed, 160, 120, colour=True)
        out[f"basic/Annotation/manual/{name}_manu_attri.txt"] = attributes(seed % 3)
        out[f"basic/Annotation/auto/{name}_auto_attri.txt"] = b"1.0\t2.0\n" * 37
        box = f"{10 + seed}.0 20.5 {90 + seed}.0 100.5 \n"
        out[f"basic/Annotation/boundingbox/{name}_boundingbox.txt"] = box.encode()
    return out


def kaggle() -> dict[str, bytes]:
    """DATASET/train/1 ... DATASET/test/7 with the aligned images, and the two tables above it."""
    tables = {"train": "image,label\n", "test": "image,label\n"}
    out = {}
    for seed, (name, code) in enumerate(LABELS.items()):
        part = name.split("_")[0]
        tables[part] += f"{name}_aligned.jpg,{code}\n"
        out[f"DATASET/{part}/{code}/{name}_aligned.jpg"] = jpeg(seed, 100, 100, colour=True)
    return out | {f"{part}_labels.csv": text.encode() for part, text in tables.items()}
