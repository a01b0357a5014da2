"""The entry of the command ``imgconv``."""

import gc
import os
import sys
from contextlib import suppress

from imgconv.system.lazy_imports import install_stand_ins

INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A run is short: collecting garbage while modules are imported, threads of a linear algebra
    # that is hardly used, and taking all apart at the end cost a tenth of it.
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A thread that comes back from machine code waits this long for the interpreter lock; the usual
    # 5 ms are as long as filtering a small picture.
    sys.setswitchinterval(0.0001)
    install_stand_ins()
    try:
        from imgconv.cli.signals import end_at_signals

        end_at_signals()
        from imgconv.cli.run import run

        code = run()
    except KeyboardInterrupt:  # where signals are not waited for, or before that
        code = INTERRUPTED
    # After an interrupt a thread may still be at the output, waiting for a reader that is slow.
    if code != INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # as one is that was closed
                with suppress(OSError):  # whoever reads it went away, or there is no room
                    stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
