"""Context control: gates of a transformer close heads and channels at each position."""

DEFAULT = False
# The genes of what does not act are fixed too, so that nothing is drawn or encoded for them.
NEVER = {"control_threshold": 0.2, "control_pressure": 0.001, "control_half_life": 8}
OFF = {f"architecture.*{gene}": value for gene, value in {"control": False, **NEVER}.items()}
