"""Sentences: what chapters say, as Markdown."""
