"""Bred schedules: the learning rate as a sum of basis functions with coefficients of its own."""

from genomes.chromosomes.schedule_genes import NEVER
from genomes.chromosomes.training_genes import SCHEDULES

DEFAULT = False
OFF = {"training.schedule": SCHEDULES, "training.schedule_course": NEVER}
