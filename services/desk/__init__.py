"""Desk: the read model that people look at, one document per ticket, and nothing that decides.

Consumes: every stage topic, in its own group. Emits nothing of its own: it asks an owner to publish again what is
missing, and keeps what it cannot read on `sav.desk.dead`. Rooms: `stages/` (what is kept and told of each stage),
`sections` and `projection` (the fold, the same in whatever order topics are read), `shown` (what follows from all
sections together), `store` (MongoDB), `loop` and `app` (the process). `sav ticket` reads it.
"""
