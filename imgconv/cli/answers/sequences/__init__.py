"""The answers of ``imgconv sequence``; modules are imported when they are used."""
