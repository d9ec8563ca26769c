"""Fakes of everything that the runtime touches: deterministic, in memory, held to the same contract as the real ports.

For tests, the simulator and what-if; production imports none of it. `tests/contract` runs one suite on each fake and
on its real counterpart, so that a proof on the fakes says something about Kafka and MongoDB.
"""
