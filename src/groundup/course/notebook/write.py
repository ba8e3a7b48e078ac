"""The notebook of an exercise: what is asked, the code, a cell to try it, a check, hints.

The code cell holds the concept's whole file with the exercise's functions blanked, as the workspace does. A notebook
remembers in its metadata what was handed out, so one that the learner changed is never overwritten.
"""

import ast
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from groundup.core import write_atomically
from groundup.course.check.naming import mistakes
from groundup.course.exercise import Exercise
from groundup.course.handout import starter_of
from groundup.course.lessons.parse import parse
from groundup.course.manifest import load_course
from groundup.course.starter import graft, is_blank
from groundup.course.workspace import Workspace

if TYPE_CHECKING:
    from nbformat import NotebookNode


class NotebookError(ValueError):
    """A notebook cannot be written; the message says why and what to do."""


def write(exercise: Exercise, folder: Path, workspace: Workspace | None = None, *, force: bool = False) -> Path:
    """Write the exercise's notebook. Raises NotebookError where the learner has changed the one that is there."""
    try:
        import nbformat
    except ImportError as error:
        raise ImportError(
            "groundup notebook: expected the package nbformat, found none; "
            "pip install -c constraints.txt -e '.[notebooks]'"
        ) from error

    if exercise.kind == "predict":
        raise NotebookError(f"groundup notebook: {exercise.id} is answered in its own sheet, not in a notebook")
    path = folder / f"{exercise.id}.ipynb"
    if path.exists() and not untouched(path):
        if not force:
            raise NotebookError(
                f"groundup notebook: {path} has been changed and is left as it is; "
                "--force writes it anew, and keeps a backup"
            )
        path.replace(_backup_of(path))
    notebook = build(exercise, workspace)
    nbformat.validate(notebook)
    write_atomically(path, (nbformat.writes(notebook) + "\n").encode())
    return path


def build(exercise: Exercise, workspace: Workspace | None = None) -> "NotebookNode":
    """The notebook of an exercise: no outputs, no counts, the same cell ids every time, so that notebooks merge."""
    from nbformat import v4

    call = f'from groundup.course.notebook import {{0}}\n\n{{0}}("{exercise.id}")'
    code = [
        ("code", code_of(exercise, workspace), [exercise.id]),
        ("try", "# A cell to try it in.\n", []),
        ("check", call.format("check_here"), ["check"]),
        ("hint", call.format("hint_here"), ["hint"]),
    ]
    cells = [v4.new_markdown_cell(statement_of(exercise), id="statement")]
    cells += [v4.new_code_cell(source.rstrip("\n"), id=name, metadata={"tags": tags}) for name, source, tags in code]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook: NotebookNode = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    notebook.metadata["groundup"] = {"exercise": exercise.id, "handed_out": _fingerprint(notebook)}
    return notebook


def code_of(exercise: Exercise, workspace: Workspace | None) -> str:
    """The exercise's file as it begins, with what the learner already wrote for the other exercises of the file."""
    starter = starter_of(exercise)
    if exercise.kind != "write" or workspace is None or not workspace.file_of(exercise).is_file():
        return starter
    theirs = workspace.file_of(exercise).read_text(encoding="utf-8", errors="replace")
    functions = load_course().concepts[exercise.concept].functions
    return graft(starter, theirs, [f for f in functions if f not in exercise.functions and is_written(theirs, f)])


def statement_of(exercise: Exercise) -> str:
    """What is asked, where to read, and the docstring of the file, as Markdown."""
    functions = ", ".join(f"`{name}`" for name in exercise.functions)
    document = parse(load_course().concepts[exercise.concept].lesson)
    seen = {m.see for m in mistakes(exercise)}
    sections = [f'"{h.text}"' for h in document.headings if h.level == 2 and h.text in seen]
    read = f"Read: `groundup lesson {exercise.concept}`" + (f", {', '.join(sections)}." if sections else ".")
    verb = "Mend" if exercise.kind == "repair" else "Write"
    effort = f"{exercise.points} points, about {exercise.spec.minutes} minutes."
    equations = ast.get_docstring(ast.parse(exercise.file.read_text(encoding="utf-8"))) or ""
    says = "Run the cell with your code before each check: the check takes the code of the last run."
    parts = [f"# {exercise.title}", f"{verb} {functions}. {effort}", f"{read} {says}", _as_markdown(equations)]
    return "\n\n".join(parts)


def _as_markdown(docstring: str) -> str:
    """Indented lines are equations, and Markdown keeps them; elsewhere its marks are escaped."""
    lines = docstring.splitlines()
    return "\n".join(x if x.startswith("    ") else re.sub(r"([\\*_<$#\[])", r"\\\1", x) for x in lines)


def untouched(path: Path) -> bool:
    """Whether the cells of a notebook are as they were handed out; running them changes nothing of that."""
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError):
        return False
    return bool(notebook.metadata.get("groundup", {}).get("handed_out") == _fingerprint(notebook))


def _fingerprint(notebook: "NotebookNode") -> str:
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
    return hashlib.sha256(repr(cells).encode()).hexdigest()


def _backup_of(path: Path) -> Path:
    names = (path.with_name(f"{path.stem}.before-{n}.ipynb") for n in range(1, 10_000))
    return next(name for name in names if not name.exists())


def is_written(source: str, name: str, *, absent: bool = False) -> bool:
    """Whether a function has a body of the learner's own; ``absent`` where it cannot be found."""
    try:
        return not is_blank(source, name)
    except (SyntaxError, KeyError, ValueError):
        return absent
