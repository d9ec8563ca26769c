"""The e-mail channel: raw mails of the dedicated address become requests (R1).

`read` puts a request together out of the rooms beside it: `mime` (headers and characters), `body` (the text),
`quotes` (what of it is older), `automatic` (whether a machine wrote it).
"""
