"""Prometheus' configuration and rules with their tests, and the rehearsal of an alert on real engines."""
