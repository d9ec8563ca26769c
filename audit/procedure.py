"""The numbers of the procedure as the auditor reads them in its text, each with its requirement.

Written a second time on purpose: were the policy file wrong, the auditor would not follow it. Used by the checks.
"""

from __future__ import annotations

from datetime import timedelta

ACKNOWLEDGE_WITHIN = timedelta(minutes=30)
"""R3: after the request, after the next opening, or after a later raise to Critique."""

TRIAGE_MAY_TAKE = timedelta(minutes=10)
"""R4: a ticket older than this is classified, or its acknowledgement speaks for Critique."""

SILENCE = timedelta(hours=120)
"""R13: five full days on the clock, from the delivery of the reminder."""

WORKING_DAYS_BEFORE_REMINDER = 2
"""R13: 'the same time two working days later'."""

UNDO = timedelta(minutes=2)
"""R12: a click can be taken back this long, and closes nothing before."""

SILENCE_HAS_AN_END = SILENCE + timedelta(hours=25)
"""I18: closed or in a person's hands. The five days, one day to prove the silence, one hour to act."""

SURVEY_AFTER = timedelta(hours=24)
"""R14: a survey leaves no earlier after the closing."""

SURVEY_LATEST = timedelta(hours=48)
"""R14: and no later."""

PAGE_ANSWERED_WITHIN = timedelta(minutes=10)
"""R1: who is on call and does not answer for this long is followed by the next one."""

PAGE_GRACE = timedelta(minutes=2)
"""What a call may come late and still be in time: a deadline is brought within seconds, a restart takes a minute."""

PAGING_ROUNDS = 3
"""R1: all who can be called are called this often, one person at the least."""

ON_CALL = frozenset({"premium"})
ON_CALL_CLASS = "critique"
"""R1: 'astreinte pour les contrats premium', for what cannot wait."""

NO_CONTRACT = "none"
"""The tier of a customer whom no contract covers."""

MAY_STAND_STILL = {
    ("premium", "access-refused"): frozenset({"on-site", "restored"}),
    ("standard", "waiting-for-customer"): frozenset({"restored"}),
    ("standard", "access-refused"): frozenset({"on-site", "restored"}),
    ("none", "waiting-for-customer"): frozenset({"on-site", "restored"}),
    ("none", "access-refused"): frozenset({"on-site", "restored"}),
}
"""R10: which clocks a contract lets stand still, by tier and reason, as the (fictitious) contracts say. Taking charge
never waits for a customer."""

REACTION = timedelta(hours=1)
"""An answer of the customer that has led to nothing for this long is lost, not late: no rule makes it wait longer."""

MESSAGES_OF_A_TICKET = 20
MESSAGES_OF_AN_ADDRESS = 10
"""I36: automatic messages of a ticket in all, and to an address in 24 hours."""

MAY_WAIT = {"held": REACTION, "gap": timedelta(minutes=10) + REACTION, "early": timedelta(hours=24) + REACTION}
"""How long a message may be put aside unseen: held calls a person at once; a missing event after ten minutes; what is
early after a day, for stages may be stopped for a night. Each with the time to say so."""

LETTER_MAY_WAIT = timedelta(hours=24)
"""Somebody looks at what could not be read every day."""

LEFTOVER = REACTION
"""A deadline whose act was cancelled may lie there until it falls due (a crash left it), and is then soon cleared."""

CLOCK_SKEW = timedelta(seconds=5)
"""How far two services' clocks may differ. Kept by NTP they differ by milliseconds, and no limit here is under two
minutes. Allowed only where instants of two services are put in order, never at a limit of the procedure."""
