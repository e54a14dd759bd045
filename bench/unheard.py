"""Our application that does not hear half of what is new: to see that a check of open pages can fail."""

import random
from typing import Any
from unittest.mock import patch

from config.asgi import application  # noqa: F401

from tokens.hub import Hub  # isort: skip

_hear = Hub.hear


def _half(hub: Hub, news: dict[str, Any]) -> None:
    if random.random() < 0.5:
        _hear(hub, news)


patch.object(Hub, "hear", _half).start()
