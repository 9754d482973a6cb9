"""How a command ends, for scripts. 2 is a command line that cannot be understood."""

OK = 0
FAILED = 1
"""A fault that one message explains."""
USAGE = 2
SOME_FAILED = 3
"""Of several files some failed; the report says which."""
RESUMABLE = 75
"""The work stopped in order before its end, and the same command goes on; EX_TEMPFAIL of sysexits.h."""
INTERRUPTED = 130
"""Ctrl-C."""
STOPPED = "Stopped; nothing half-written was left."
"""What is said then."""
TERMINATED = 143
"""SIGTERM."""
