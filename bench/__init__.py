"""The measurements: whole lives against a raw loop on the same engines (`make bench`), and triage alone.

Nothing here is a test: a figure is a ratio of one run, never a limit that fails a build. Nothing imports it.
"""
