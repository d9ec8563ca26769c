from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.portal.kit import Portal


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    return Portal(tmp_path)
