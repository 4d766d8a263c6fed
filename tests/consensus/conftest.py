from __future__ import annotations

import pytest
from consensus_samples import simulate


@pytest.fixture
def crowd():
    return simulate
