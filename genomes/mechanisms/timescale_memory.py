"""Memory at several timescales: heads of a transformer that look beyond what attention sees."""

DEFAULT = False
# The genes of what does not act are fixed too, so that nothing is drawn or encoded for them.
NEVER = {
    "memory_segment": 0.25,
    "memory_short": 64,
    "memory_middle": 256,
    "memory_long": 64,
    "memory_found": 16,
    "memory_middle_rate": 0.1,
    "memory_long_rate": 0.01,
    "memory_importance": 0.7,
    "memory_uses": 5,
}
OFF = {f"architecture.*{gene}": value for gene, value in {"memory": False, **NEVER}.items()}
