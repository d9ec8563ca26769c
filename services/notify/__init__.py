"""Notify: which message, to whom, by which channel, in French, and what came of it.

Decides: what each event of the stages means for the customer; the next channel where one fails; which bounces undo a
delivery; whether no bounce is outstanding (R13).
Consumes: every stage topic, `sav.deliveries`, `sav.channels`, its own deadlines. Emits: `sav.notify`.
"""
