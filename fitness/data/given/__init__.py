"""A network that the user gives beside the data: how it is named, and how it is read.

May import `genomes.importing`; must not know how it is searched.
"""
