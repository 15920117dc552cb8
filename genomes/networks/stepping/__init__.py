"""Networks of sequences, run position after position; what is closed is spared.

May import operations and torch layers; must not know chromosomes, tokens' meaning or exports.
"""
