"""Contextual masks: beside the static marks, marks that gates compute from each input."""

DEFAULT = False
OFF = {"epigenome.gate": "none"}
SEES_WHOLE_INPUTS = True
