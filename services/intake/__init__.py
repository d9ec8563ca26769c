"""Intake: every channel ends in a ticket, and every ticket is acknowledged (R1 to R4).

Decides: one request, one ticket; what a reply or a click belongs to; when the acknowledgement may go out and by when
it must; whether a customer has been silent (R13).
Consumes: `sav.requests.*`, `sav.triage`, `sav.closure`, `sav.notify`, `sav.channels`, its own deadlines.
Emits: `sav.intake`.
"""
