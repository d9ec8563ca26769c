"""The monthly review of the satisfaction surveys (R15): reads the topic `sav.survey` alone, as any analyst may.

`read` fetches the records, `surveys` makes one row of what each survey's records say, `figures` counts, `tables` and
`page` write. Called by `sav review`. It never writes to a topic or to a store, and never opens personal data.
"""
