"""Faults that are a person's to mend: told in one sentence, never as a traceback.

UserError
 └── UsageError
"""


class UserError(Exception):
    """Something named in the message (a setting, file or address) must change; the command exits 1."""

    exit_code = 1


class UsageError(UserError):
    """The command itself was given wrongly: an unknown format, a bad setting; the command exits 2."""

    exit_code = 2
