"""Searches of equal budgets on equal problems: what `search_efficiency.py` is made of."""
