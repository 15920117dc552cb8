"""Learning rules: what tells hidden weights how to change, where it is not the true gradient."""

DEFAULT = False
OFF = {"training.credit": "backpropagation"}
