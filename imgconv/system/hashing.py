"""Fingerprints of values, and BLAKE2b without OpenSSL, which takes 2 ms of every run to load."""

from collections.abc import Mapping, Sequence

from imgconv.system.version import __version__

try:
    from _blake2 import blake2b
except ImportError:  # an implementation of Python that has it elsewhere
    from hashlib import blake2b

__all__ = ["blake2b", "fingerprint"]


def fingerprint(value: object) -> str:
    """Return 24 hexadecimal digits: the same for equal values, in one version of imgconv.

    It identifies a run in manifests and snapshots. Containers are taken apart; of a kernel its
    ``cache_key`` counts; of everything else its ``repr``.
    """
    parts = repr((__version__, _canonical(value)))
    return blake2b(parts.encode(), digest_size=12).hexdigest()


def _canonical(value: object) -> object:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, Mapping):
        return sorted((repr(key), _canonical(each)) for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_canonical(each) for each in value]
    return _canonical(value.cache_key) if hasattr(value, "cache_key") else value
