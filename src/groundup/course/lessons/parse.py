"""A lesson as text: its title, headings, directives and prose, each with the line it stands on.

A lesson is CommonMark with tables, ``$...$`` and ``$$...$$``, and fences whose language is a name in braces:

    ```{code-cell} python      runs; options ``:caption: text``, ``:hide:``, ``:needs: torch``, ``:warns:`` come first
    ```{library} groundup.nn.linear.linear:Linear.forward
    ```{predict}               the question, a line ``---``, the answer
    ```{margin}                a side note
    ```{exercise} linear-forward
    ```{lab} mnist-mlp

Not handled: directives inside directives, front matter, raw HTML (it is shown as text).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

OPTIONS = {
    "code-cell": {"caption", "hide", "needs", "warns"},
    "library": set[str](),
    "predict": set[str](),
    "margin": set[str](),
    "exercise": set[str](),
    "lab": set[str](),
}
WITH_ARGUMENT = {"code-cell", "library", "exercise", "lab"}
INFO = re.compile(r"\{([\w-]+)\}\s*(.*)$")
OPTION = re.compile(r":(\w+):\s*(.*)$")


class LessonError(ValueError):
    """A lesson cannot be read or run; the message begins with the file and the line."""

    def __init__(self, path: Path, line: int, says: str) -> None:
        super().__init__(f"{path}:{line}: {says}")
        self.path, self.line, self.says = path, line, says


@dataclass(frozen=True)
class Directive:
    """One fence with a name in braces; ``line`` is where its body begins, options left out."""

    name: str
    argument: str
    options: dict[str, str]
    body: str
    line: int

    def parts(self) -> tuple[str, str]:
        """Question and answer of a predict block."""
        question, _, answer = re.sub(r"(?m)^---[ \t]*$", "\x00", self.body, count=1).partition("\x00")
        return question.strip(), answer.strip()


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    line: int

    @property
    def anchor(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.text.lower()).strip("-")


@dataclass(frozen=True)
class Document:
    """A parsed lesson. ``directives`` holds every directive by the line of its opening fence."""

    path: Path
    text: str
    tokens: list[Token]
    headings: list[Heading]
    directives: dict[int, Directive]

    @property
    def title(self) -> str:
        return self.headings[0].text

    @property
    def cells(self) -> list[Directive]:
        return self.all("code-cell")

    def all(self, name: str) -> list[Directive]:
        """Every directive of that name, in order."""
        return [d for d in self.directives.values() if d.name == name]

    def prose(self) -> Iterator[tuple[int, str]]:
        """The words of each paragraph, heading, table cell and note, without code and mathematics; with its line."""
        yield from _prose(self.tokens, 1)
        for directive in self.directives.values():
            if directive.name in ("predict", "margin"):
                yield from _prose(markdown().parse(directive.body), directive.line)
            elif "caption" in directive.options:
                yield from _prose(markdown().parse(directive.options["caption"]), directive.line - 1)

    @property
    def words(self) -> int:
        return sum(len(re.findall(r"[^\W_][\w'’-]*", text)) for _, text in self.prose())


def markdown() -> MarkdownIt:
    """The dialect of the lessons."""
    md = MarkdownIt("commonmark", {"html": False}).enable("table")
    dollarmath_plugin(md, allow_labels=False, allow_digits=False)
    return md


def parse(path: Path) -> Document:
    """Read a lesson. Raises LessonError for what cannot be understood, FileNotFoundError."""
    text = path.read_text(encoding="utf-8")
    tokens = markdown().parse(text)
    headings = list(_headings(tokens))
    if not headings or headings[0].level != 1:
        raise LessonError(path, 1, "expected the lesson to begin with a title, # Title")
    directives = dict(_directives(path, tokens))
    return Document(path, text, tokens, headings, directives)


def first_line(token: Token) -> int:
    """The line of the file on which a block begins, from 1."""
    return token.map[0] + 1 if token.map else 0


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            yield Heading(int(token.tag[1]), inline.content, first_line(token))


def _prose(tokens: list[Token], line: int) -> Iterator[tuple[int, str]]:
    for token in tokens:
        if token.type == "inline":
            words = [c.content if c.type == "text" else " " for c in token.children or []]
            yield line + first_line(token) - 1, "".join(words)


def _directives(path: Path, tokens: list[Token]) -> Iterator[tuple[int, Directive]]:
    for token in tokens:
        if token.type == "fence" and token.info.strip().startswith("{"):
            yield first_line(token), _directive(path, token)


def _directive(path: Path, token: Token) -> Directive:
    line = first_line(token)
    match = INFO.match(token.info.strip())
    name, argument = match.groups() if match else (token.info.strip(), "")
    if name not in OPTIONS:
        raise LessonError(path, line, f"unknown directive {{{name}}}; known are {', '.join(OPTIONS)}")
    if name in WITH_ARGUMENT and not argument:
        raise LessonError(path, line, f"{{{name}}} needs a name after it")
    if name == "code-cell" and argument != "python":
        raise LessonError(path, line, f"expected {{code-cell}} python, got {{code-cell}} {argument}")
    options, body = _options(token.content)
    if unknown := sorted(set(options) - OPTIONS[name]):
        allowed = ", ".join(sorted(OPTIONS[name])) or "none"
        raise LessonError(path, line, f"{{{name}}} has no option {unknown[0]!r}; it has {allowed}")
    directive = Directive(name, argument, options, body, line + 1 + len(options))
    if name == "predict" and not all(directive.parts()):
        raise LessonError(path, line, "{predict} needs a question, a line ---, and an answer")
    if name in ("predict", "margin"):
        _refuse_nested(path, directive)
    return directive


def _refuse_nested(path: Path, outer: Directive) -> None:
    for line, inner in _directives(path, markdown().parse(outer.body)):
        raise LessonError(path, outer.line + line - 1, f"{{{inner.name}}} stands inside {{{outer.name}}}; move it out")


def _options(content: str) -> tuple[dict[str, str], str]:
    """The ``:name: value`` lines at the top of a fence, and what follows them."""
    options: dict[str, str] = {}
    lines = content.splitlines(keepends=True)
    while lines and (match := OPTION.match(lines[0].rstrip())):
        options[match[1]] = match[2].strip()
        lines.pop(0)
    return options, "".join(lines)
