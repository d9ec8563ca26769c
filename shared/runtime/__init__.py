"""The one runtime of every stage: it orders each side effect, so that nothing is lost and nothing happens twice.

`gate` is pure and says what follows from a record; `loop` is the one function where write, publish and commit are
ordered; `kafka` and `mongo` are the real ports, `shared.testing` has the fakes. No rule of the procedure lives here.
"""
