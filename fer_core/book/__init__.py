"""From executed notebooks to HTML."""
