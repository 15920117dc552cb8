"""Apoptosis: channels whose outputs swing more than their neighbours' are damped, and may die."""

DEFAULT = False
OFF = {"epigenome.apoptosis": False}
