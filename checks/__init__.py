"""What is looked at by hand, or by another test: files of others, and what of files survives."""
