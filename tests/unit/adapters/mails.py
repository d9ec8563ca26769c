"""Small mails for the tests of this folder, written here: each shows one thing."""

from __future__ import annotations

from adapters.email.mail import Mail, understood


def raw(*headers: str, body: str = "Bonjour.", sender: str = "Ana <ana@client.example>") -> bytes:
    """A raw mail of one text part, unless its headers say otherwise."""
    return "\r\n".join([f"From: {sender}", *headers, "", body]).encode()


def mail(*headers: str, body: str = "Bonjour.", sender: str = "Ana <ana@client.example>") -> Mail:
    """The same, understood."""
    return understood(raw(*headers, body=body, sender=sender))


def multipart(kind: str, *parts: str, boundary: str = "b") -> Mail:
    """A mail of several parts, each given with its own header."""
    inside = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return mail(f'Content-Type: multipart/{kind}; boundary="{boundary}"', body=f"{inside}--{boundary}--\r\n")
