"""The kit: a copy of what a learner's file may import, without the solution.

A check puts the kit, not the course, on the child's path. It holds the modules that the concept's own file imports, and
what those import in turn; the concept's file itself is not among them. A package's ``__init__`` becomes a table that
imports a name when it is asked for, so that ``from groundup.nn import Linear`` does not bring in all of ``nn``.
"""

import ast
import compileall
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import groundup
from groundup.course.cache import cache_dir

SOURCE = Path(groundup.__file__).resolve().parents[1]
LIBRARY = ("groundup.core", "groundup.nn", "groundup.optim", "groundup.models")
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
def kit_for(module: str | None, kind: str = "write") -> Path:
    """The folder to put on the child's path: for an exercise's module, or the bare harness for None.

    Who is to ``test`` a concept gets all its answers; who is to ``repair`` a run may use the whole library.
    """
    own = _stamp([_file(module)]) if module else ""  # it is not in the kit, but says what is
    place = cache_dir() / "kits" / hashlib.sha256(f"4;{SOURCE};{module};{kind};{own}".encode()).hexdigest()[:24]
    known = _known(place)
    return known if known is not None else _build(place, _files(module, kind))


def _known(place: Path) -> Path | None:
    """The kit that was built here, if none of its files has changed since; it takes no parsing to say so."""
    try:
        listed = json.loads((place / "kit.json").read_text(encoding="utf-8"))
        stamp = _stamp([Path(file) for file in listed])
    except (OSError, ValueError, TypeError):
        return None  # none yet, or a file of it is gone
    return place / stamp if (place / stamp).is_dir() else None


def _files(module: str | None, kind: str) -> dict[str, Path]:
    """The modules of a kit and their files."""
    without = {str(module)} if kind in ("test", "repair") else {str(module), f"{str(module).rpartition('.')[0]}.fast"}
    roots = [*HARNESS, *([module] if module else [])]
    if module and kind == "test":
        roots += _answers(module)
    if kind == "repair":
        roots += [_home(package, name) for package in LIBRARY for name in _exports(package)]
    wanted = sorted(_closure(roots, without))
    if module is None:
        wanted = [name for name in wanted if not (_file(name).parent / "exercise.toml").is_file()]
    return {name: _file(name) for name in wanted}


def _stamp(files: list[Path]) -> str:
    """What changes when one of the files does."""
    about = ((file, file.stat()) for file in files)
    said = "".join(f"{file}:{stat.st_mtime_ns}:{stat.st_size};" for file, stat in about)
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def _answers(module: str) -> list[str]:
    """The right and the wrong answers of a concept, and its own module."""
    package = module.rpartition(".")[0]
    named = [file.stem for pattern in ("misconceptions*.py", "variants*.py") for file in _place(package).glob(pattern)]
    return [f"{package}.{name}" for name in (package.rpartition(".")[2], *named)]


def _build(place: Path, files: dict[str, Path]) -> Path:
    """Write the kit beside its place and move it there whole: two checks may build it at once."""
    from groundup.core import write_atomically

    place.mkdir(parents=True, exist_ok=True)
    folder, made = place / _stamp(list(files.values())), Path(tempfile.mkdtemp(dir=place))
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
    write_atomically(place / "kit.json", json.dumps([str(file) for file in files.values()]).encode())
    return folder


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
