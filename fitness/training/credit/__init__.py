"""Learning rules in the training loop: what all have in common, and how far they are off."""
