"""The answers of commands that explain, as text on a terminal and as JSON."""
