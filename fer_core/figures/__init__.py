"""Pictures and printed tables from the analysis: one style, alt text computed from the data."""
