"""The audit: what an audit of data sets finds, as the facts and tables that the results keep."""
