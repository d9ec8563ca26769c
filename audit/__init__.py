"""The auditor: reads the real topics and counts where the recorded events break the procedure (PROC-QUAL-006).

It stands apart on purpose: no rule, no code and no import of the services, of `shared`, of the adapters or of the
demo, so that a mistake there can't excuse itself here. It only reads; it never publishes, commits or mends anything.
"""
