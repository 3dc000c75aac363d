"""From notebooks to a book: which chapters there are, executing them, and building the HTML."""
