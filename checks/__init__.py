"""Programs that are run by hand: on files of other people, and on all formats."""
