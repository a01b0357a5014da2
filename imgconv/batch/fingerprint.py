"""By what runs remember a request, so that a later one can tell whether it is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from imgconv.batch.manifest import digest
from imgconv.kernels.kernel import Kernel
from imgconv.system.version import __version__

# What is in a request and changes no output.
_NEVER_MIND = ("threads", "patience")


def key_of(request: object) -> str:
    """The same for all requests that make the same of a picture, in this version of imgconv."""
    return digest(json.dumps([__version__, _told(request)]).encode())


def _told(value: object) -> object:
    """A value as JSON can hold it, the same for equal values."""
    if isinstance(value, Kernel):
        weights = digest(value.weights.tobytes())
        return [value.size, weights, value.scale, value.offset, value.origin]
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        parts = value._asdict().items()
        return {name: _told(part) for name, part in parts if name not in _NEVER_MIND}
    if isinstance(value, Mapping):
        return sorted((str(name), _told(each)) for name, each in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_told(each) for each in value]
    return repr(value)
