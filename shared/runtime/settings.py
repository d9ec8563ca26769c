"""What the environment says of one process: engines, names, policy, clock. Every variable begins with `SAV_`."""

from __future__ import annotations

import json
import socket
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of a service, an adapter or a command."""

    model_config = SettingsConfigDict(env_prefix="SAV_", extra="ignore")

    kafka: str = "localhost:9092"
    """Bootstrap servers."""
    kafka_user: str = ""
    """Name for a listener that asks who somebody is (SCRAM-SHA-512); empty: the listener asks nobody."""
    kafka_password: SecretStr = SecretStr("")
    kafka_ca: Path | None = None
    """Certificates by which the brokers are known, PEM; with them the connection is TLS."""
    mongo: str = "mongodb://localhost:27017"
    """Where the service databases live; one server for all, or the default of `mongo_of`."""
    mongo_of: str = "{}"
    """JSON object: service name to a server of its own."""
    environment: str = Field(default="dev", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    """Joins every id and prefixes every topic, so that two environments never mix."""
    replica: str = Field(default_factory=socket.gethostname)
    """The same name after a restart: how an unclean exit is recognised."""
    policy: Path | None = None
    """A policy file, or a folder with one for each version; none: the shipped one."""
    clock: str = ""
    failpoint: str = ""
    """Tests only: see `shared.runtime.failpoints`."""
    sweep_seconds: float = 1.0
    """Between two sweeps; an idle one costs two milliseconds here and at the store, and no promise is shorter than ten
    minutes."""
    sweep_again_seconds: float = 10.0
    """A due timer that is still there is published again after this long: longer than a batch takes, so that a
    slow replica is not sent each one twice."""
    session_timeout_ms: int = 10_000
    """A replica that says nothing for this long is replaced; three missed heartbeats."""
    gather_seconds: float | None = Field(default=None, ge=0)
    """How long a batch's first record waits here for its neighbours: tests and demo, where a wait at every step of a
    life adds up. None: at the broker, as the stage needs (`shared.runtime.kafka`)."""
    log_level: str = "info"
    http_port: int = Field(default=0, ge=0, le=65535)
    """Where `/metrics`, `/healthz` and `/readyz` are served; 0: nowhere, and nothing is measured."""
    http_host: str = "127.0.0.1"
    """On which interface: this machine alone, unless a container's network (`0.0.0.0`) is the fence. No login there."""

    @field_validator("mongo_of")
    @classmethod
    def _is_an_object(cls, text: str) -> str:
        if not isinstance(json.loads(text), dict):
            raise ValueError("SAV_MONGO_OF is a JSON object of service names and servers")
        return text

    @cached_property
    def prefix(self) -> str:
        """What stands before every topic's name on the broker."""
        return f"{self.environment}."

    def mongo_for(self, service: str) -> str:
        """Return the server of a service's database."""
        servers: dict[str, str] = json.loads(self.mongo_of)
        return servers.get(service, self.mongo)

    def database(self, service: str) -> str:
        """Return the name of a service's database."""
        return f"sav_{self.environment.replace('-', '_')}_{service}"
