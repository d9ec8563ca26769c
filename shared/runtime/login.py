"""How this process enters Kafka: under a name where the environment gives one, else as the plain listener lets it.

Called wherever a connection to the brokers is made, so that none is forgotten. Production's adapters enter by SCRAM
over TLS (`deploy/kubernetes/rights.py`); the services' own listener asks nobody, and is fenced.
"""

from __future__ import annotations

import ssl
from typing import Any

from faststream.security import BaseSecurity, SASLScram512

from shared.runtime.settings import Settings

MECHANISM = "SCRAM-SHA-512"


def login() -> dict[str, Any]:
    """Return the arguments of aiokafka's clients. Raises OSError where `SAV_KAFKA_CA` cannot be read."""
    settings = Settings()
    if not settings.kafka_user:
        return {}
    context = _trusted(settings)
    return {
        "security_protocol": "SASL_SSL" if context else "SASL_PLAINTEXT",
        "sasl_mechanism": MECHANISM,
        "sasl_plain_username": settings.kafka_user,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
        "ssl_context": context,
    }


def security() -> BaseSecurity | None:
    """Return the same for FastStream's broker, None without a name."""
    settings = Settings()
    if not settings.kafka_user:
        return None
    context, password = _trusted(settings), settings.kafka_password.get_secret_value()
    return SASLScram512(settings.kafka_user, password, ssl_context=context, use_ssl=context is not None)


def _trusted(settings: Settings) -> ssl.SSLContext | None:
    return None if settings.kafka_ca is None else ssl.create_default_context(cafile=str(settings.kafka_ca))
