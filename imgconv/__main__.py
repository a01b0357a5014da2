"""The entry of the command ``imgconv``."""

import gc
import os
import sys
from contextlib import suppress

from imgconv.system.lazy_imports import install_stand_ins

INTERRUPTED = 130


def main() -> None:
    # Collecting garbage while modules are imported would take 1.05 of the time of a run. Threads
    # of OpenBLAS, which is hardly used, and clearing all objects at exit would take more.
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A thread that returns from machine code waits this long for the interpreter lock; the default
    # of 5 ms is as long as filtering a small picture.
    sys.setswitchinterval(0.0001)
    install_stand_ins()
    try:
        # Imported now: the stand-ins are installed, and signals are awaited before other threads.
        from imgconv.system.shutdown import end_at_signals

        end_at_signals()
        from imgconv.cli.run import run

        code = run()
    except KeyboardInterrupt:  # where the system cannot wait for signals, or before that
        code = INTERRUPTED
    # After an interrupt another thread may still be writing, to a reader that is slow.
    if code != INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # None if it was closed
                with suppress(OSError):  # its reader is gone, or the disk is full
                    stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
