"""Full truths: what predictors saw, and what became of everybody."""
