"""The simulator: production decisions and the production loop on a model of everything outside, in virtual time."""
