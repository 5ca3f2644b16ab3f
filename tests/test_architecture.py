"""The house keeps its order: imports point one way, MLX stays in its rooms, help is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from farense.cli import COMMANDS

PACKAGE = Path(__file__).parent.parent / "farense"
# A room may import itself and any room before it (docs/architecture.md).
ROOMS = (
    "__init__",
    "errors",
    "records",
    "storage",
    "folders",
    "text",
    "config",
    "facts",
    "datasets",
    "models",
    "training",
    "answering",
    "scoring",
    "evaluation",
    "benchmarking",
    "reporting",
    "testing",
    "cli",
    "pytest_plugin",
    "__main__",
)
MLX_ROOMS = {"models", "training", "answering", "benchmarking"}
HEAVY = ("mlx", "mlx_lm", "numpy", "pandas", "sacrebleu", "jinja2", "transformers", "rich")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module name imported anywhere in a file, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_up_the_list(path: Path) -> None:
    """No module imports from a room after its own; so there is no cycle between rooms."""
    own = ROOMS.index(room_of(path))
    for name in imported(path):
        if name.startswith("farense."):
            assert ROOMS.index(name.split(".")[1]) <= own, f"{path} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_mlx_stays_in_its_rooms(path: Path) -> None:
    """Scoring, statistics, gating and reporting run on a machine without MLX."""
    uses_mlx = {name for name in imported(path) if name.split(".")[0] in ("mlx", "mlx_lm")}
    assert not uses_mlx or room_of(path) in MLX_ROOMS, f"{path} imports {uses_mlx}"


def test_no_cycle_between_modules() -> None:
    """Following top-level imports from any module never leads back to it."""
    graph = {module_name(path): top_level_imports(path) for path in modules()}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above, name))
        if name in done or name not in graph:
            return
        for target in graph[name]:
            if target != name:
                visit(target, (*above, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def module_name(path: Path) -> str:
    parts = ("farense", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(part for part in parts if part != "__init__")


def top_level_imports(path: Path) -> set[str]:
    """Modules imported on loading; ``from package import module`` means that module."""
    names = {module_name(other) for other in modules()}
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("farense."):
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & names
            found |= inner or {str(node.module)}
    return found


@pytest.mark.parametrize(
    "arguments", [("--help",), *((name, "--help") for name in sorted(COMMANDS))]
)
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Asking for help must not load a numerical library."""
    code = (
        "import sys; from farense.cli import cli\n"
        f"try: cli({list(arguments)!r})\nexcept SystemExit: pass\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage:" in found.stdout
    assert found.stdout.splitlines()[-1] == "LOADED []"
