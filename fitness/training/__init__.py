"""Training of one network: the loop, its state, recipe, optimizers, schedules, checkpoints.

May import data and silencing; must not know populations or predictions.
"""
