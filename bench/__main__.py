"""Runs the measurements."""

from bench.main import main

main()
