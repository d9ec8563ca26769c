"""Exceptions named by what the runtime does with each."""

from __future__ import annotations


class SendToDead(ValueError):
    """The record can never be read as it is: kept raw on the dead topic with this reason; its neighbours go on."""


class HoldTicket(Exception):
    """This ticket's messages wait in order for newer code or a person; every other ticket goes on."""


class GoRound(Exception):
    """An engine is away or the batch lost its assignment: seek back, wait, and take the same records again."""


class StopService(Exception):
    """Going on would lose or invent something: stop, say why, and let an operator decide."""
