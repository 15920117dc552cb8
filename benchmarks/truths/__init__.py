"""Full truths: what predictors could see in whole runs, and what became of everybody."""
