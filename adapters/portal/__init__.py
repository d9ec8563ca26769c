"""The portal channel: the guided form, and the pages behind the links of our messages (R1, R12, R14)."""
