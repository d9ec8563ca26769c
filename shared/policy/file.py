"""Reads the policy file: the shipped one, or the one that the environment names (`SAV_POLICY`)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from shared.policy.model import Policy


def read_policy(path: Path | None = None) -> Policy:
    """Return the validated policy; a bad file raises pydantic's ValidationError, which names each place."""
    return Policy.model_validate_json(path.read_text("utf-8") if path else shipped_text())


def shipped_text() -> str:
    """Return the shipped file as it is written."""
    return (files("shared.policy") / "policy.json").read_text("utf-8")
