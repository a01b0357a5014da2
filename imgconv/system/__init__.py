"""Files written whole, shutdown, threads, memory, diagnostics."""
