"""Exit codes, environment variables and files of the command, for its reference and man page."""

EXIT_CODES = {
    "0": "done",
    "1": "a file failed, match found nothing, or doctor found something broken",
    "2": "a usage error",
    "130": "interrupted by Ctrl-C",
    "141": "the reader of the output is gone",
    "129, 143": "ended by SIGHUP or SIGTERM",
}

VARIABLES = {
    "IMGCONV_FILTERS": "folders of filters that come before the included ones, joined by colons",
    "IMGCONV_CACHE_DIR": "the folder of compiled loops and snapshots",
    "IMGCONV_STATE_DIR": "the folder in which batches record what they made",
    "IMGCONV_TRACEBACK": "if set, an internal error is raised with its traceback",
    "NUMBA_DISABLE_JIT": "if 1, loops run as plain Python, which is slow",
    "NO_COLOR": "if set, tables have no colours on a terminal",
}

# As on Linux; doctor shows the folders of any system.
FILES = {
    "~/.config/imgconv/filters/": "filters of your own, each named as its file",
    "~/.config/imgconv/costs.toml": "the costs of engines that tune has measured",
    "~/.cache/imgconv/": "compiled loops and snapshots, which can be deleted at any time",
    "~/.local/state/imgconv/": "what batches made, for --update and --resume",
}
