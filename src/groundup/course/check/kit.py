"""The kit: a copy of what a learner's file may import, without the solution.

A check puts the kit, not the course, on the child's path. It holds the modules that the concept's own file imports, and
what those import in turn; the concept's file itself is not among them. A package's ``__init__`` becomes a table that
imports a name when it is asked for, so that ``from groundup.nn import Linear`` does not bring in all of ``nn``.
"""

import ast
import compileall
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import groundup
from groundup.course.cache import cache_dir

SOURCE = Path(groundup.__file__).resolve().parents[1]
HARNESS = ("groundup.course.check.zygote", "groundup.course.check.child")  # what runs in the child beside the file
LAZY = '''"""Of this package only what the exercise needs."""

import importlib

_HOME = {home!r}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {{__name__!r}} has no {{name!r}}")
    module, original = _HOME[name]
    try:
        return getattr(importlib.import_module(module), original)
    except ModuleNotFoundError as absent:
        raise ImportError(f"{{__name__}}.{{name}} is not part of this exercise") from absent


for _name in {namesakes!r}:  # of a module: bound now, or the module would stand in the name's place
    globals()[_name] = __getattr__(_name)
'''


@cache
def kit_for(module: str | None, *, whole: bool = False) -> Path:
    """The folder to put on the child's path: for a concept's module, or the bare harness for None.

    ``whole``: with the module itself, where the exercise is to test it and not to write it.
    """
    without = (
        {module} if whole and module else set() if module is None else {module, f"{module.rpartition('.')[0]}.fast"}
    )
    roots = [*HARNESS, *([module] if module else []), *(_answers(module) if module and whole else [])]
    wanted = sorted(_closure(roots, without))
    if module is None:
        wanted = [name for name in wanted if not (_file(name).parent / "exercise.toml").is_file()]
    files = {name: _file(name) for name in wanted}
    stamps = "".join(f"{name}:{file.stat().st_mtime_ns}:{file.stat().st_size};" for name, file in files.items())
    folder = cache_dir() / "kits" / hashlib.sha256(f"2;{module};{whole};{stamps}".encode()).hexdigest()[:24]
    if not folder.is_dir():
        _build(folder, files)
    return folder


def _answers(module: str) -> list[str]:
    """The right and the wrong answers of a concept, and its own module."""
    package = module.rpartition(".")[0]
    named = [file.stem for pattern in ("misconceptions*.py", "variants*.py") for file in _place(package).glob(pattern)]
    return [f"{package}.{name}" for name in (package.rpartition(".")[2], *named)]


def _build(folder: Path, files: dict[str, Path]) -> None:
    """Write the kit beside its place and move it there whole: two checks may build it at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    for name, file in files.items():
        target = made.joinpath(*name.split(".")) if file.name == "__init__.py" else made.joinpath(*name.split(".")[:-1])
        target.mkdir(parents=True, exist_ok=True)
        if file.name == "__init__.py":
            home = _exports(name)
            namesakes = [n for n, (module, _) in home.items() if module == f"{name}.{n}" and module in files]
            (target / file.name).write_text(LAZY.format(home=home, namesakes=namesakes), encoding="utf-8")
        else:
            shutil.copyfile(file, target / file.name)
    compileall.compile_dir(made, quiet=2)
    try:
        made.rename(folder)
    except OSError:  # the other check was first
        shutil.rmtree(made)


def _closure(roots: list[str], without: set[str]) -> set[str]:
    """The modules that these import, and theirs, with the packages around them."""
    found: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in found:
            found |= {".".join(name.split(".")[:k]) for k in range(1, name.count(".") + 2)}
            if _file(name).name != "__init__.py":
                todo += [m for m in _imports(name) if m not in without]
    return found - without


def _imports(module: str) -> Iterator[str]:
    """The modules of the course where the names that a module imports are defined."""
    for node in ast.walk(ast.parse(_file(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "groundup")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "groundup":
            for alias in node.names:
                yield _home(str(node.module), alias.name)


def _home(module: str, name: str) -> str:
    """The module that defines a name: through the re-exports of packages, down to a file."""
    while (exported := _exports(module).get(name)) is not None:
        module, name = exported
    return f"{module}.{name}" if _exists(f"{module}.{name}") else module


@cache
def _exports(module: str) -> dict[str, tuple[str, str]]:
    """Of a package: name -> (module, name there) of what its ``__init__`` imports. Nothing for a plain module."""
    if _file(module).name != "__init__.py":
        return {}
    return {
        alias.asname or alias.name: (str(node.module), alias.name)
        for node in ast.parse(_file(module).read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module != module
        for alias in node.names
    }


def _exists(module: str) -> bool:
    return _place(module).with_suffix(".py").is_file() or (_place(module) / "__init__.py").is_file()


def _file(module: str) -> Path:
    package = _place(module) / "__init__.py"
    return package if package.is_file() else _place(module).with_suffix(".py")


def _place(module: str) -> Path:
    return SOURCE.joinpath(*module.split("."))
