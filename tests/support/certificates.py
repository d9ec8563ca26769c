"""Certificates of a test's own, made by `openssl`: an authority, and servers that it vouches for or does not."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OPENSSL = shutil.which("openssl")


@dataclass(frozen=True)
class Server:
    """What a server shows, and its key."""

    certificate: Path
    key: Path


def authority(folder: Path, name: str) -> Server:
    """Make an authority; its certificate is what clients trust."""
    made = Server(folder / f"{name}.pem", folder / f"{name}.key")
    _openssl(
        "req", "-x509", "-days", "2", "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-keyout", made.key, "-out", made.certificate,
    )  # fmt: skip
    return made


def server(folder: Path, by: Server, name: str) -> Server:
    """Make a certificate for a host's name or `IP:` address."""
    made = Server(folder / f"server-{name}.pem".replace(":", "-"), folder / f"server-{name}.key".replace(":", "-"))
    alternative = name if name.startswith("IP:") else f"DNS:{name}"
    _openssl(
        "req", "-x509", "-days", "2", "-subj", "/CN=server", "-CA", by.certificate, "-CAkey", by.key,
        "-addext", f"subjectAltName={alternative}", "-addext", "basicConstraints=critical,CA:FALSE",
        "-keyout", made.key, "-out", made.certificate,
    )  # fmt: skip
    made.key.chmod(0o600)
    return made


def _openssl(*words: str | Path) -> None:
    assert OPENSSL is not None
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([OPENSSL, *words, *kind], check=True, capture_output=True)
