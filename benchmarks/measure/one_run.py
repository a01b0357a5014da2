"""Run a command as ``one_run.py RESULT COMMAND...``; its seconds, MB and exit code go to a file.

The MB are those of its largest process. To the system the memory of a process includes that of
whoever started it, until then: so the benchmark, which holds pictures, has this small one do it.
"""

import os
import signal
import sys
import time
from pathlib import Path

# By Python, and so by what it starts, unless they are given back.
IGNORED = [signal.SIGPIPE, signal.SIGXFSZ]

if __name__ == "__main__":
    result, *command = sys.argv[1:]
    begun = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, setsigdef=IGNORED)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - begun
    found = seconds, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)
    Path(result).write_text(" ".join(map(str, found)))
