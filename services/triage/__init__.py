"""Triage: the class of a ticket, why, and every change of it (R5 to R8).

Decides: Critique, Standard or Informatif by a readable grid, the highest in doubt; a later raise by the customer's
new words; a technician's re-evaluation either way.
Consumes: `sav.intake`, `sav.commands`. Emits: `sav.triage`.
"""
