"""Many files: tasks, overwrite rules, manifest, results, worker processes, streams."""
