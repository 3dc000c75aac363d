"""MobileNet-v1, which can start from weights of face recognition."""

from fer_core.models.mobilenet import net

__all__ = ["net"]
