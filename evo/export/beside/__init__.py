"""What stands beside an exported network for comparison: figures for the card, and their words.

May import the rest of `evo.export` but the formats; must not know how an export is written.
"""
