"""Teaching: a network learns from a teacher's answers as well as from the data.

The teacher is the network that the user gave, if it has learnt the task; else the best of the
living, for children.
"""

DEFAULT = False
DEFAULT_WHERE_GIVEN_TEACHES = True
# The other two never act then; they are fixed, so that nothing is drawn or encoded for them.
OFF = {
    "training.teaching": False,
    "training.teaching_temperature": 2.0,
    "training.teaching_weight": 0.5,
}
