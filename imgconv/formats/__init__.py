"""Picture files in and out: one file a format."""
