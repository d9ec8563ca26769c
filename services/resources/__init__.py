"""Resources: what crosses tickets — the stock of a part in a depot, and a technician's agenda (R11).

Each is an aggregate of its own, keyed by its name, with a journal of its own. Decides: granted or refused, once per
ask; so the last part is promised once, and a technician is in one place at a time.
Consumes: `sav.resources.asks`, `sav.commands`. Emits: `sav.resources`, keyed by ticket.
"""
