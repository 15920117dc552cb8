"""What every part raises when a request cannot be met. Free of any import."""


class BadInput(ValueError):
    """What the user asked for cannot be done; the message says what was received and what to do.

    The command line prints the message alone, without a traceback, and exits with 2.
    """
