"""What Python code and notebooks call: `evo.run`, `resume`, `load`, `search`; what they return.

May import everything but the command line.
"""
