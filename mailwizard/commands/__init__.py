"""The commands without a terminal: each module's `run(args)` returns the exit code."""
