"""Numbers and networks written for people, as plain text.

May import genomes and fitness; must not know runs, records or terminals.
"""
