"""The parts of ``in_memory.py``: what is done, what is true, what it took, what that means."""
