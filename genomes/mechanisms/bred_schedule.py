"""Bred schedules: the learning rate as a sum of basis functions with coefficients of its own."""

from genomes.course import NEVER
from genomes.training import SCHEDULES

DEFAULT = False
OFF = {"training.schedule": SCHEDULES, "training.schedule_course": NEVER}
