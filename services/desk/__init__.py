"""Desk: the read model and the commands of staff."""
