"""The engines of a chaos run: a real Kafka with a second listener behind a fault proxy, a store behind another.

One broker and one store for all rows, each row in an environment of its own; a row that kills one starts it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shared.engines import kafka_embedded
from shared.engines.kafka_embedded import EmbeddedKafka
from shared.engines.mongo_embedded import EmbeddedMongo
from shared.engines.supervise import Child, free_ports
from tests.chaos.proxy import HOST, Proxy

# A later line wins: the broker says the proxy's address to whoever came through the proxy, and its own to the others.
_SECOND_LISTENER = """
listeners=PLAINTEXT://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller}},PROXIED://127.0.0.1:{inside}
advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
"""


class ProxiedKafka(EmbeddedKafka):
    """A broker that can also be reached through a proxy."""

    def __init__(self, folder: Path, inside: int, proxy: int) -> None:
        super().__init__(folder)
        self._second = _SECOND_LISTENER.format(inside=inside, proxy=proxy)

    def _launch(self, jars: list[Path], port: int, controller: int) -> Child:
        usual = kafka_embedded.PROPERTIES
        kafka_embedded.PROPERTIES = usual + self._second
        try:
            return super()._launch(jars, port, controller)
        finally:
            kafka_embedded.PROPERTIES = usual


class Broker(Protocol):
    """A broker that a row may stop and start: the proxied one, or whatever a test session already has."""

    @property
    def address(self) -> str:
        """The bootstrap servers."""
        ...

    def start(self) -> str:
        """Start it if it does not run."""
        ...

    def kill(self) -> None:
        """Kill it as a power cut would."""
        ...


@dataclass
class Kit:
    """What every row works with."""

    folder: Path
    kafka: Broker
    store: EmbeddedMongo
    kafka_proxy: Proxy
    store_proxy: Proxy

    @property
    def through_kafka(self) -> str:
        """Kafka's address through the proxy."""
        return f"{HOST}:{self.kafka_proxy.port}"

    @property
    def through_store(self) -> str:
        """The store's address through the proxy."""
        return f"mongodb://{HOST}:{self.store_proxy.port}/?directConnection=true"

    async def heal(self) -> None:
        """End every fault: proxies pass everything, engines run."""
        self.kafka_proxy.heal()
        self.store_proxy.heal()
        await asyncio.to_thread(self.kafka.start)
        await asyncio.to_thread(self.store.start)


@asynccontextmanager
async def engines(folder: Path) -> AsyncIterator[Kit]:
    """Start both engines and their proxies; stop them on the way out, whatever happened."""
    (inside,) = free_ports(1)
    store = EmbeddedMongo(folder / "store")
    await asyncio.to_thread(store.start)
    try:
        async with Proxy(inside) as kafka_proxy, Proxy(port_of(store)) as store_proxy:
            kafka = ProxiedKafka(folder / "kafka", inside, kafka_proxy.port)
            try:
                await asyncio.to_thread(kafka.start)
                yield Kit(folder, kafka, store, kafka_proxy, store_proxy)
            finally:
                await asyncio.to_thread(kafka.stop)
    finally:
        await asyncio.to_thread(store.stop)


def port_of(store: EmbeddedMongo) -> int:
    """Return the port that a store listens on."""
    return int(store.address.rpartition(":")[2].partition("/")[0])
