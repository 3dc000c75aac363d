"""AffectNet in the four layouts in which it goes round."""

import io

import numpy as np

from tests.data.miniatures.pictures import encoded, jpeg, noise

# the codes of the column `expression`, in their order
CODES = (
    "neutral",
    "happy",
    "sad",
    "surprise",
    "fear",
    "disgust",
    "angry",
    "contempt",
    "none",
    "uncertain",
    "not-a-face",
)
YOLO_NAMES = ("Anger", "Contempt", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,"
    "expression,valence,arousal"
)
MARKS = ";".join(["101.5"] * 136)
LISTS = "Manually_Annotated_file_lists"
TRAINING, VALIDATION = f"{LISTS}/training.csv", f"{LISTS}/validation.csv"
IMAGES = "Manually_Annotated_Images"


def name_of(code: int, part: str = "training") -> str:
    """The path of an image as the lists have it: folder 1, 2, ... and a hash; suffixes differ."""
    folder = code + (1 if part == "training" else 600)
    suffix = {0: "JPG", 1: "png", 2: "jpeg"}.get(code, "jpg")
    return f"{folder}/{part[:5]}{code:04x}9f.{suffix}"


def line(code: int, part: str = "training", box: str = "10,20,40,30") -> str:
    """A line of a list; emotions outside the seven have no valence and arousal (-2)."""
    feeling = "0.5,-0.25" if code < 8 else "-2,-2"
    return f"{name_of(code, part)},{box},{MARKS},{code},{feeling}"


def lists() -> dict[str, bytes]:
    """The first distribution: every code once in the training list and in the validation list."""
    out: dict[str, bytes] = {}
    for part, path in (("training", TRAINING), ("validation", VALIDATION)):
        text = "\n".join((HEADER, *(line(code, part) for code in range(11)))) + "\n"
        out[path] = text.encode()
        for code in range(11):
            kind = "PNG" if code == 1 else "JPEG"
            seed = 100 * (part == "training") + code
            image = noise(seed, 100, 80, colour=True)
            out[f"{IMAGES}/{name_of(code, part)}"] = encoded(image, kind)
    return out


def npy(value: object) -> bytes:
    """The bytes of a .npy file with one value."""
    buffer = io.BytesIO()
    np.save(buffer, np.array(value), allow_pickle=True)
    return buffer.getvalue()


def annotated() -> dict[str, bytes]:
    """The later distribution: 224 px images and four .npy files each; codes are strings there."""
    out: dict[str, bytes] = {}
    for part, first in (("train_set", 0), ("val_set", 50)):
        for code in range(8):
            image = first + code
            out[f"{part}/images/{image}.jpg"] = jpeg(image, 224, 224, colour=True)
            out[f"{part}/annotations/{image}_exp.npy"] = npy(str(code))
            out[f"{part}/annotations/{image}_val.npy"] = npy("0.5")
            out[f"{part}/annotations/{image}_aro.npy"] = npy("-0.25")
            out[f"{part}/annotations/{image}_lnd.npy"] = npy(np.ones(136))
    return out


def folders(style: str) -> dict[str, bytes]:
    """Class folders "class" (train_class/class001), "number" (train/0) or "word" (Train/Anger)."""
    out = {}
    for code, word in enumerate(CODES[:8]):
        seed = 10 * code
        below = {
            "class": (f"train_class/class{code + 1:03d}", f"val_class/class{code + 1:03d}"),
            "number": (f"train/{code}", f"val/{code}"),
            "word": (f"Train/{word.title()}", f"Test/{word.title()}"),
        }[style]
        for place, folder in enumerate(below):
            out[f"AffectNet/{folder}/image{seed + place:07d}.jpg"] = jpeg(seed + place, 96, 96)
    return out


def yolo() -> dict[str, bytes]:
    """YOLO_format/{train,valid,test}/{images,labels}: 96 px PNGs with one box in fractions."""
    names = ", ".join(f"'{name}'" for name in YOLO_NAMES)
    yaml = f"train: ../train/images\nval: ../valid/images\n\nnc: 8\nnames: [{names}]\n"
    out = {"YOLO_format/data.yaml": yaml.encode()}
    for place, part in enumerate(("train", "valid", "test")):
        for code in range(8):
            seed, name = 10 * place + code, f"ffhq_{10 * place + code}"
            image = encoded(noise(seed, 96, 96, colour=True), "PNG")
            out[f"YOLO_format/{part}/images/{name}.png"] = image
            out[f"YOLO_format/{part}/labels/{name}.txt"] = f"{code} 0.5 0.5 0.5 0.75\n".encode()
    return out
