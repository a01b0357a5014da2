"""Runs a plan over pixels: windows of rows, stages, snapshots."""
