"""Files of sounds: one file a format."""
