"""Where a template lies in a picture: scores of all places, and the places that are kept."""
