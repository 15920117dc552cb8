"""What Python code and notebooks call: `evo.search`, its result, `evo.load`.

May import everything but the command line.
"""
