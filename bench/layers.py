"""Where the time of a request goes: each layer's own processor time and time waited, by wrapping its doors."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch


class Layers:
    """A stack of layers: what passes while one is on top is its own."""

    def __init__(self) -> None:
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._stack: list[str] = []
        self._cpu = self._wall = 0.0

    @contextmanager
    def inside(self, layer: str) -> Iterator[None]:
        """Count what passes here for a layer, but for what passes in layers below."""
        self._settle()
        self._stack.append(layer)
        self.calls[layer] += 1
        try:
            yield
        finally:
            self._settle()
            self._stack.pop()

    def _settle(self) -> None:
        cpu, wall = time.thread_time(), time.perf_counter()
        if self._stack:
            self.cpu[self._stack[-1]] += cpu - self._cpu
            self.wall[self._stack[-1]] += wall - self._wall
        self._cpu, self._wall = cpu, wall

    def wrapping(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time counted for a layer."""

        @wraps(function)
        def counted(*args: Any, **kwargs: Any) -> Any:
            with self.inside(layer):
                return function(*args, **kwargs)

        return counted


@contextmanager
def watched() -> Iterator[Layers]:
    """Django's and our doors, wrapped while the caller works."""
    from django.core.handlers.base import BaseHandler
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Model
    from django.db.models.query import QuerySet
    from django.db.models.sql.compiler import SQLCompiler
    from django.template.base import Template

    layers = Layers()
    doors = [
        (CursorWrapper, "execute", "SQL"), (BaseDatabaseWrapper, "commit", "commit"),
        (SQLCompiler, "execute_sql", "ORM"), (QuerySet, "_fetch_all", "ORM"), (QuerySet, "filter", "ORM"),
        (QuerySet, "first", "ORM"), (QuerySet, "get", "ORM"), (QuerySet, "update", "ORM"),
        (QuerySet, "select_related", "ORM"), (Model, "save_base", "ORM"),
        (Template, "render", "templates"), (BaseHandler, "_get_response", "views and services"),
    ]  # fmt: skip
    ours = [("clinics.sealed.seal", "encryption"), ("clinics.sealed.unseal", "encryption"),
            ("notifications.outbox.enqueue_job", "queue of jobs")]  # fmt: skip
    patches = [patch.object(where, name, layers.wrapping(layer, getattr(where, name))) for where, name, layer in doors]
    for name, layer in ours:
        module, _, function = name.rpartition(".")
        patches.append(patch(name, layers.wrapping(layer, getattr(__import__(module, fromlist=[function]), function))))
    for one in patches:
        one.start()
    try:
        yield layers
    finally:
        for one in patches:
            one.stop()
