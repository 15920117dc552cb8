"""Contextual masks: beside the static marks, marks that gates compute from each input."""

DEFAULT = False
OFF = {"epigenome.gate": "none"}
