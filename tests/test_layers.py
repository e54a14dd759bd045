"""An app imports only apps to its left; `config` knows all and nobody knows it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ["clinics", "doctors", "notifications", "patients", "tokens", "scheduling", "analytics"]
OURS = {*LAYERS, "config"}
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def files(app: str) -> Iterator[tuple[str, ast.Module]]:
    """Every file of an app, read."""
    for path in sorted((ROOT / app).rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imported(tree: ast.AST) -> set[str]:
    """The top-level packages that a piece of code imports, by statement or by name."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports say the whole name"
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            found |= {str(arg.value).split(".")[0] for arg in node.args if isinstance(arg, ast.Constant)}
    return found


def forbidden(app: str) -> set[str]:
    """What an app must not know: the apps to its right, and config."""
    return {*LAYERS[LAYERS.index(app) + 1 :], "config"}


def inside_functions(tree: ast.AST) -> set[str]:
    """What is imported only when a function runs."""
    return set().union(*(imported(node) for node in ast.walk(tree) if isinstance(node, FUNCTION)))


@pytest.mark.parametrize("app", LAYERS)
def test_an_app_imports_only_apps_to_its_left(app: str) -> None:
    assert {name: wrong for name, tree in files(app) if (wrong := imported(tree) & forbidden(app))} == {}


@pytest.mark.parametrize("app", LAYERS)
def test_nothing_of_ours_is_imported_inside_a_function_to_dodge_a_cycle(app: str) -> None:
    assert {name: late for name, tree in files(app) if (late := inside_functions(tree) & OURS)} == {}


@pytest.mark.parametrize("app", LAYERS)
def test_migrations_import_no_code_of_apps(app: str) -> None:
    migrations = {name: tree for name, tree in files(app) if "/migrations/" in name}
    assert {name: wrong for name, tree in migrations.items() if (wrong := imported(tree) & OURS)} == {}


def test_every_app_has_its_place_among_the_layers() -> None:
    assert {path.parent.name for path in ROOT.glob("*/apps.py")} == OURS


def test_a_wrong_import_would_be_noticed() -> None:
    """The reader itself: every way of importing is seen."""
    wrong = ast.parse(
        "import tokens.models\nfrom scheduling import services\nlate = import_module('config.run')\n"
        "async def f():\n    from analytics.figures import figures\n"
    )
    assert imported(wrong) == {"tokens", "scheduling", "config", "analytics"}
    assert inside_functions(wrong) == {"analytics"}
    assert forbidden("patients") == {"tokens", "scheduling", "analytics", "config"}
