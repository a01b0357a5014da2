"""The version of imgconv."""

__version__ = "0.1.0"
