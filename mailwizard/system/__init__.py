"""The machine itself: its release, capacity, clock, name, ports and firewall."""
