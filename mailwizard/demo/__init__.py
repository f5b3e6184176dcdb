"""A set-up that is only imagined: a rented server, its DNS, its certificate authority, and their owner's doings.

The services and the screens are the real ones. Nothing here leaves the process.
"""
