"""Teaching: a child learns from the answers of the best of the living as well as from the data."""

DEFAULT = False
# The other two never act then; they are fixed, so that nothing is drawn or encoded for them.
OFF = {
    "training.teaching": False,
    "training.teaching_temperature": 2.0,
    "training.teaching_weight": 0.5,
}
