"""Exporting a network: which one, its plain form, its source, its formats, its measurement.

May import the record, settings and the network problem; must not know pages, plots or the CLI.
"""
