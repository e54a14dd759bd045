"""JSON that somebody sends us, as far as it is one: from browsers and gateways, which may send anything."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest


def read_json(request: HttpRequest) -> Mapping[str, Any]:
    """What a request's body says; nothing where it is no object, is nested without end, or holds what is no text."""
    try:
        said = json.loads(request.body)
        json.dumps(said, ensure_ascii=False).encode()  # half a letter can be written in JSON, but is no text
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
