"""Formats of graphics programs, games and desktops, as the package ``formats`` has others."""
