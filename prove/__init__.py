"""Every deadline of a ticket, recomputed from the topics alone: what was promised, counted over which hours.

Called by `sav prove`. It restates the procedure's delays and imports no service; it never writes.
"""
