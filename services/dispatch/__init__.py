"""Dispatch: remote first, then on site with the parts, and every promise watched (R9 to R11).

Decides: what a technician may do now; when a visit may be planned and left for; when a promise is at risk or missed.
Consumes: `sav.intake`, `sav.triage`, `sav.closure`, `sav.resources`, `sav.commands`, its own deadlines.
Emits: `sav.dispatch`, and its asks to stocks and agendas on `sav.resources.asks`.
"""
