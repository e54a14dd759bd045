"""Business time comes from Python alone: a test can move it, and no server's clock but ours decides who is late."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models.functions import Now
from django.utils import timezone

from clinics.models import AuditEvent
from tests.clock import clock_at, ist

ROOT = Path(__file__).resolve().parent.parent
OURS = ["clinics", "doctors", "notifications", "patients", "tokens", "scheduling", "analytics", "config"]
SQL_CLOCK = re.compile(
    r"\b(now\(\)|current_(date|time|timestamp)\b|localtime|clock_timestamp|statement_timestamp)", re.I
)
NAIVE = {"now", "today", "utcnow"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every file of the product, read."""
    for app in OURS:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def sentences(tree: ast.AST) -> set[int]:
    """The docstrings, which may speak of anything."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip


def asks_the_database(tree: ast.Module) -> bool:
    """Some SQL of a file reads the database's clock, or Django's `Now` does."""
    skip = sentences(tree)
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in skip]
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names]
    return any(isinstance(text, str) and SQL_CLOCK.search(text) for text in texts) or "Now" in names


def asks_the_machine(tree: ast.Module) -> bool:
    """Some code calls `datetime.now()` or `date.today()` instead of Django's `timezone`."""
    calls = [
        node.func for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return any(
        call.attr in NAIVE and isinstance(call.value, ast.Name) and call.value.id in {"datetime", "date"}
        for call in calls
    )


def test_no_sql_of_ours_asks_the_databases_clock() -> None:
    assert [name for name, tree in sources() if asks_the_database(tree)] == []


def test_nobody_asks_the_machines_clock_past_django() -> None:
    assert [name for name, tree in sources() if asks_the_machine(tree)] == []


def test_no_column_is_filled_by_the_databases_clock() -> None:
    fields = [field for model in apps.get_models() if model._meta.app_label in OURS for field in model._meta.fields]
    assert [field for field in fields if isinstance(getattr(field, "db_default", None), Now)] == []


@pytest.mark.parametrize(
    "wrong",
    ["SQL = 'SELECT now()'", "x = 'WHERE date = CURRENT_DATE'", "from django.db.models.functions import Now"],
)
def test_a_wrong_clock_in_sql_would_be_noticed(wrong: str) -> None:
    assert asks_the_database(ast.parse(wrong))
    assert not asks_the_database(ast.parse("def f():\n    'never from SQL now()'\n    return timezone.now()"))


def test_a_wrong_clock_in_python_would_be_noticed() -> None:
    assert asks_the_machine(ast.parse("datetime.now()"))
    assert not asks_the_machine(ast.parse("timezone.now(); clinic.today()"))


@pytest.mark.django_db
def test_a_moved_clock_is_everybodys() -> None:
    with clock_at("2026-11-24 02:00") as clock:
        assert timezone.now() == ist("2026-11-24 02:00")
        assert f"{timezone.localdate():%d %b}" == "24 Nov"
        first = AuditEvent.objects.create(action="test", object_id="1")
        assert first.at == clock.now, "columns' defaults too"
        clock.pass_(hours=1)
        assert timezone.localtime().hour == 3
