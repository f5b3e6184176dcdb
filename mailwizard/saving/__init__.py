"""The backup: what is saved, where it is pushed, and how it comes back."""
