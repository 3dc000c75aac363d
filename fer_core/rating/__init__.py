"""How raters come into a study: answers from a file or from votes, joined with true emotions."""
