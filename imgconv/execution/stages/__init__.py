"""Rows between pixels and engines: fetched with all that lies beyond the edge, and stored again."""
