"""What operations can watch: one typed catalogue of every metric, the registry that knows no other, and its page.

`catalogue` says name, kind, unit, labels with all their values, meaning and what a restart does; `registry` is the only
way to set one; `page` writes `docs/metrics.md`. Nothing here measures anything, and no label ever names a ticket, a
customer or a person.
"""
