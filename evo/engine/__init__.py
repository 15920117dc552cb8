"""The engine: asks a strategy for trainings, runs them, returns the results, records them.

May import the contract of strategies, the record and runners; must not know networks or tasks.
"""
