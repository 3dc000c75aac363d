"""The seven emotions in one canonical order, and every data set's own words for them."""

from collections.abc import Iterable

from fer_core.errors import unknown

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
CONTEMPT = "contempt"
EIGHT = (*EMOTIONS, CONTEMPT)  # where a study keeps contempt, it comes last: the seven keep places
EMOTION_INDEX = {emotion: index for index, emotion in enumerate(EIGHT)}

# Outside the seven: an image with such a label stays in the index, excluded with this reason.
OTHER = (
    CONTEMPT,
    "unknown",
    "not-a-face",
    "none",
    "uncertain",
    "amusement",
    "awe",
    "enthusiasm",
    "liking",
    "baseline",
)


def _codes(order: str, first: int = 0) -> dict[str, str]:
    """Return the emotions by their codes: `first`, `first` + 1, ... in the given order."""
    return {str(code): emotion for code, emotion in enumerate(order.split(), first)}


VOCABULARIES: dict[str, dict[str, str]] = {
    # Words that mean one thing wherever they stand: the seven, their nouns and their adjectives.
    "words": {
        "angry": "angry",
        "anger": "angry",
        "disgust": "disgust",
        "disgusted": "disgust",
        "fear": "fear",
        "fearful": "fear",
        "afraid": "fear",
        "scared": "fear",
        "happy": "happy",
        "happiness": "happy",
        "joy": "happy",
        "smiling": "happy",
        "neutral": "neutral",
        "neutrality": "neutral",
        "sad": "sad",
        "sadness": "sad",
        "surprise": "surprise",
        "surprised": "surprise",
        "contempt": "contempt",
    },
    # FER2013's CSV codes, 0 to 6 (Goodfellow et al. 2013).
    "fer2013": _codes("angry disgust fear happy sad surprise neutral"),
    # FER+'s vote columns (Barsoum et al. 2016).
    "ferplus": {
        "neutral": "neutral",
        "happiness": "happy",
        "surprise": "surprise",
        "sadness": "sad",
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fear",
        "contempt": "contempt",
        "unknown": "unknown",
        "NF": "not-a-face",
    },
    # AffectNet's column `expression` (Mollahosseini et al. 2019, read me of the distribution).
    "affectnet": _codes(
        "neutral happy sad surprise fear disgust angry contempt none uncertain not-a-face"
    ),
    # The class ids of AffectNet in YOLO's format, in the order of its data.yaml.
    "affectnet-yolo": _codes("angry contempt disgust fear happy neutral sad surprise"),
    # RAF-DB's single labels, 1 to 7 (Li et al. 2017, read me of the basic part).
    "rafdb": _codes("surprise fear disgust happy sad angry neutral", first=1),
    # ExpW's column expression_label, 0 to 6 (Zhang et al. 2018, read me of the distribution).
    "expw": _codes("angry disgust fear happy sad surprise neutral"),
    # The two letters of a KDEF file name (Lundqvist et al. 1998; kdef.se).
    "kdef": {
        "AF": "fear",
        "AN": "angry",
        "DI": "disgust",
        "HA": "happy",
        "NE": "neutral",
        "SA": "sad",
        "SU": "surprise",
    },
    # CK+'s emotion files, 0 to 7 (Lucey et al. 2010, read me of the distribution).
    "ckplus": _codes("neutral angry contempt disgust fear happy sad surprise"),
    # The two letters of a JAFFE file name (Lyons et al. 1998).
    "jaffe": {
        "AN": "angry",
        "DI": "disgust",
        "FE": "fear",
        "HA": "happy",
        "NE": "neutral",
        "SA": "sad",
        "SU": "surprise",
    },
    # Emognition's film clips (Saganowski et al. 2022): what a clip is meant to elicit. None of its
    # four positive emotions is happiness; calling one of them happy would be our own guess.
    "emognition": {
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fear",
        "neutral": "neutral",
        "sadness": "sad",
        "surprise": "surprise",
        "amusement": "amusement",
        "awe": "awe",
        "enthusiasm": "enthusiasm",
        "liking": "liking",
        "baseline": "baseline",
    },
    # Class orders of two published studies: BTFER (alphabetical) and the Klagenfurt pipeline.
    "seed002": _codes("angry disgust fear happy neutral sad surprise"),
    "seed003": _codes("surprise fear disgust happy sad angry neutral"),
}


def classes_of(emotions: Iterable[str]) -> tuple[str, ...]:
    """Return EIGHT where contempt is among the emotions, else EMOTIONS."""
    return EIGHT if CONTEMPT in set(emotions) else EMOTIONS


def to_emotion(label: str, vocabulary: str = "words") -> str:
    """Return the emotion, or one of OTHER, that `label` means in `vocabulary`.

    Case and surrounding spaces do not matter.
    Raises UnknownNameError for a label or a vocabulary that is not known.
    """
    known = _vocabulary(vocabulary)
    wanted = label.strip().casefold()
    for word, meaning in known.items():
        if word.casefold() == wanted:
            return meaning
    raise unknown("emotion", label, known)


def _vocabulary(name: str) -> dict[str, str]:
    if name not in VOCABULARIES:
        raise unknown("vocabulary", name, VOCABULARIES)
    return VOCABULARIES[name]
