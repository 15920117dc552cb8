"""The engine: it asks a strategy, hands jobs to a runner, and writes down what came back.

May import the contract of strategies, the record and runners; must not know networks or tasks.
"""
