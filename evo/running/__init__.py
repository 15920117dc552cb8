"""A run, assembled once from settings, problem, evaluator, runner and axes: started, resumed,
forecast.

May import all that a run is made of; must not know how a run is shown, drawn or handed over.
"""
