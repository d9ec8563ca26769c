"""One question of Kafka's protocol, asked without a client library: which brokers does the cluster know?

Called while an embedded or containerised broker starts. A port that accepts is not yet a broker that
serves: in KRaft the broker is listed in the metadata only once it has recovered its logs and its controller
lets it in.
"""

import socket
import struct

METADATA_REQUEST = 3
METADATA_VERSION = 1  # the oldest that tells no topics for an empty list; Kafka 4 still serves it
ANSWER_LIMIT_BYTES = 1 << 20  # a list of brokers takes some hundred bytes: more is not Kafka


def broker_count(address: str, timeout: float = 1.0) -> int:
    """How many live brokers `address` ("host:port") lists.

    0 when nothing answers within `timeout` seconds.
    """
    host, _, port = address.rpartition(":")
    client = b"sav"
    head = struct.pack(f">hhih{len(client)}s", METADATA_REQUEST, METADATA_VERSION, 1, len(client), client)
    request = head + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, int(port)), timeout) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as answers:
                (size,) = struct.unpack(">i", answers.read(4))
                answer = answers.read(size) if 8 <= size <= ANSWER_LIMIT_BYTES else b""
        _, brokers = struct.unpack_from(">ii", answer)
    except (OSError, struct.error):
        return 0
    return int(brokers)
