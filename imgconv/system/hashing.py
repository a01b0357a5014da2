"""BLAKE2b, without what ``hashlib`` imports beside it: loading OpenSSL takes 2 ms of every run."""

try:
    from _blake2 import blake2b
except ImportError:  # on a Python that has it elsewhere
    from hashlib import blake2b

__all__ = ["blake2b"]
