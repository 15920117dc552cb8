"""Learning rules beside backpropagation, one file each; the file's name is the registered name.

A file has `RULE`, a class of `fitness.training.credit.rule.Credit`. The gene `training.credit`
lists the names too, for it knows no torch.
"""
