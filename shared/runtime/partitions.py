"""Which partition a key goes to: murmur2, as every Kafka client does it."""

from __future__ import annotations

from aiokafka.partitioner import murmur2

from shared.topics import PARTITIONS


def partition_of(key: str) -> int:
    """Return the partition of a key among the fixed number of partitions."""
    return (int(murmur2(key.encode())) & 0x7FFFFFFF) % PARTITIONS
