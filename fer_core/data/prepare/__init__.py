"""How a data set is prepared: from its files to the index and the packed pixels."""
