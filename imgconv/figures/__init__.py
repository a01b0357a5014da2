"""Figures, drawn by Matplotlib from the extra ``imgconv[plot]``; nothing is computed here."""
