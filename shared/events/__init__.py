"""The published language: one module per owning stage, and the catalogue that lists every type and topic.

Pure data. Read by every service, the auditor's documentation and the generators; nothing here decides anything.
"""
