"""Which engine runs which kernel, at what cost and error."""
