"""The seven emotions in one canonical order, and every data set's own words for them."""

from fer_core.errors import unknown

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
EMOTION_INDEX = {emotion: index for index, emotion in enumerate(EMOTIONS)}

# Outside the seven: an image with such a label stays in the index, excluded with this reason.
OTHER = ("contempt", "unknown", "not-a-face")

_FER2013_CODES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

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
    "fer2013": {str(code): emotion for code, emotion in enumerate(_FER2013_CODES)},
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
}


def to_emotion(label: str, vocabulary: str = "words") -> str:
    """Return the emotion, or one of OTHER, that `label` means in `vocabulary`.

    Words are matched without regard to case and surrounding spaces; codes as they are.
    Raises UnknownNameError for a label or a vocabulary that is not known.
    """
    if vocabulary not in VOCABULARIES:
        raise unknown("vocabulary", vocabulary, VOCABULARIES)
    known = VOCABULARIES[vocabulary]
    for candidate in (label.strip(), label.strip().lower()):
        if candidate in known:
            return known[candidate]
    raise unknown("emotion", label, known)
