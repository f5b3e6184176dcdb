"""Asking the DNS (authoritative servers first), reading its records, judging them, naming mistakes."""
