"""Batches that are halved in parts of the training, by a bred sum of basis functions."""

from genomes.chromosomes.schedule_genes import NEVER

DEFAULT = False
OFF = {"training.batch_halvings": 0, "training.batch_course": NEVER}
