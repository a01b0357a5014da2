"""The generators of pages: reference of commands, gallery, reference of Python, man page.

They read the same fields as ``imgconv --help``, the filter files, and docstrings.
"""
