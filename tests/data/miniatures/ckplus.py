"""CK+ as distributed (images and emotion files in parallel trees) and in Kaggle's two forms."""

from tests.data.miniatures.pictures import encoded, noise

CODES = {
    1: "anger",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happy",
    6: "sadness",
    7: "surprise",
}
IMAGES = "extended-cohn-kanade-images/cohn-kanade-images"
LABELS = "Emotion_labels/Emotion"

# person and sequence: (number of frames, code of its label or 0 for none)
Sequences = dict[tuple[str, str], tuple[int, int]]


def sequences(people: int = 10) -> Sequences:
    """Each person with two labelled sequences of 4 and 5 frames and one without a label."""
    made: Sequences = {}
    for number in range(people):
        person = f"S{5 + number:03d}"
        made[person, "001"] = (4, 1 + number % 7)
        made[person, "002"] = (5, 1 + (number + 3) % 7)
        made[person, "003"] = (3, 0)
    return made


def stem(person: str, sequence: str, frame: int) -> str:
    return f"{person}_{sequence}_{frame:08d}"


def picture(seed: int) -> bytes:
    return encoded(noise(seed, 64, 49), "PNG")


def label_file(code: float) -> bytes:
    """The content of an emotion file, as "   3.0000000e+00"."""
    return f"   {code:.7e}\n".encode()


def files(made: Sequences) -> dict[str, bytes]:
    """The distributed form; sequences without a label have an empty folder, that is no file."""
    out = {}
    for number, ((person, sequence), (frames, code)) in enumerate(made.items()):
        for frame in range(1, frames + 1):
            name = f"{person}/{sequence}/{stem(person, sequence, frame)}"
            out[f"{IMAGES}/{name}.png"] = picture(100 * number + frame)
        if code:
            out[f"{LABELS}/{name}_emotion.txt"] = label_file(code)
    return out


def class_folders(made: Sequences) -> dict[str, bytes]:
    """CK+48: the last three frames of each labelled sequence in the folder of its emotion."""
    return {
        f"CK+48/{CODES[code]}/{stem(person, sequence, frame)}.png": picture(100 * number + frame)
        for number, ((person, sequence), (frames, code)) in enumerate(made.items())
        for frame in range(frames - 2, frames + 1)
        if code
    }


def csv(*rows: tuple[int, str]) -> bytes:
    """ckextended.csv with rows (emotion, Usage); pixels differ from row to row."""
    lines = ["emotion,pixels,Usage"]
    for number, (code, usage) in enumerate(rows):
        lines.append(f"{code},{' '.join([str(number)] * 48 * 48)},{usage}")
    return "\n".join(lines).encode()
