"""The phone channel: what operators of the dedicated number and of the on-call service write down (R1)."""
