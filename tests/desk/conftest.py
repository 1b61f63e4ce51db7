"""A desk with named people on each database."""

import pytest
from support.desk import DeskDriver, policy

from core.store.engine import Store


@pytest.fixture
async def desk(store: Store) -> DeskDriver:
    return await DeskDriver(store, policy()).start()
