"""Assembles, starts, resumes and forecasts a run of settings, problem, evaluator, runner, axes.

May import all that a run is made of; must not know how a run is shown, drawn or exported.
"""
