"""What the desk keeps and tells of each stage: one room per stage topic, all alike.

Each has a view (the fields that are kept), `evolve` (folds one event of that stage, strictly by `seq`), `tell` (its
sentence in French) and `settles` (which calls for a person an event answers). Pure. `resources` has sentences alone:
its events are told by part or technician, not by ticket.
"""
