"""Phantoms: rendered faces whose truth is known, as three data sets that need no files."""

from fer_core.data.phantom import sets  # noqa: F401  (registers the data sets)
from fer_core.data.phantom.dataset import generate
from fer_core.data.phantom.faces import Faces
from fer_core.data.phantom.regions import moved_regions, region_boxes
from fer_core.data.phantom.render import render_faces

__all__ = ["Faces", "generate", "moved_regions", "region_boxes", "render_faces"]
