"""The e-mail channel: raw mails of the dedicated address become requests (R1).

`child` parses in a process of its own, under limits; `worker` is that process. There `mail` puts together what one
mail says, out of the rooms beside it: `tree` and `part` (which parts it has), `headers` and `people` (its header),
`transfer` and `characters` (bytes to text), `body` and `html_text` (its words), `quotes` and `signatures` (whose
words), `automatic` and `bounces` (what machines say), `attachments`, `language`. `read` makes a request of it.
"""
