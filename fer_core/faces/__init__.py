"""Faces in photographs: found, turned upright, cut out."""
