"""Early exit: a transformer's position that is sure of its token skips the blocks that follow."""

DEFAULT = False
OFF = {"architecture.*exits": False, "architecture.*exit_confidence": 0.5}
