"""Closure: the customer confirms, or five full days of proven silence (R12, R13).

Decides: when the customer is asked and reminded; what an answer means and when it is final; when the five days run,
and whether the silence is proved; closing and reopening.
Consumes: `sav.dispatch`, `sav.intake`, `sav.triage`, `sav.notify`, `sav.commands`, its own deadlines.
Emits: `sav.closure`.
"""
