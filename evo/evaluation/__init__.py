"""What an evaluated network is like beyond its metrics: intervals, tables and figures.

Lives on the answers that `evo.export.evaluate` collects; it must not run networks itself.
"""
