"""The terminal's screens. Textual lives here and nowhere else; no subprocess, no file, no socket."""
