"""A lesson as HTML, for the studio: mathematics left to KaTeX, code in coloured words, figures inline.

The page brings the title and the style. Nothing here is a whole page, and no text of the lesson reaches it unescaped.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it.token import Token
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Operator, String

from groundup.course.lessons.execute import CellResult
from groundup.course.lessons.parse import Directive, Document, Heading, LessonError, first_line, markdown
from groundup.course.lessons.quote import quote
from groundup.course.lessons.terminal import plain
from groundup.course.manifest import load_course
from groundup.labs.svg import inline

CLASSES = [(Comment, "tok-c"), (String, "tok-s"), (Keyword, "tok-k"), (Operator.Word, "tok-k")]


def render(document: Document, results: list[CellResult] | None) -> str:
    """The body of the lesson; without ``results`` its cells show their code alone."""
    return _Renderer(document, results).html()


def highlight(source: str) -> str:
    """Python as HTML: keywords, strings and comments in spans of class tok-k, tok-s, tok-c."""
    parts = []
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source.strip("\n")):
        name = next((name for family, name in CLASSES if family in kind.split()), None)
        parts.append(f'<span class="{name}">{escape(text)}</span>' if name else escape(text))
    return "".join(parts)


def code(source: str) -> str:
    return f'<pre class="code" tabindex="0"><code>{highlight(source)}</code></pre>'


class _Renderer:
    """One method a directive, named after it."""

    def __init__(self, document: Document, results: Sequence[CellResult] | None) -> None:
        self.document = document
        self.concept = document.path.parent.name
        ran = results or []
        self.results = dict(zip((cell.line for cell in document.cells), ran, strict=False))
        self.predictions = [d.line for d in document.all("predict")]
        self.md = markdown()
        self.md.add_render_rule("fence", lambda _, *args: self.fence(*args))

    def html(self) -> str:
        body = [t for t in self.document.tokens if not _belongs_to_title(t, self.document.headings[0])]
        for heading, token in zip(
            self.document.headings[1:], (t for t in body if t.type == "heading_open"), strict=True
        ):
            token.attrSet("id", heading.anchor)
        return str(self.md.renderer.render(body, self.md.options, {}))

    def fence(self, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
        token = tokens[index]
        directive = self.document.directives.get(first_line(token)) if token.info.strip().startswith("{") else None
        if directive is None:
            return f'<pre tabindex="0"><code>{escape(token.content)}</code></pre>\n'
        return str(getattr(self, directive.name.replace("-", "_"))(directive)) + "\n"

    def code_cell(self, cell: Directive) -> str:
        shown, result = code(cell.body), self.results.get(cell.line)
        if "hide" in cell.options:
            shown = f'<details class="cell-code"><summary>The code of this figure</summary>{shown}</details>'
        return f'<div class="cell">{shown}{self.shown_by(cell, result) if result else ""}</div>'

    def shown_by(self, cell: Directive, result: CellResult) -> str:
        """What the cell printed and drew, or why it did not run."""
        if result.missing:
            return f'<p class="left-out">Not run: {escape(" and ".join(result.missing))} is not installed here.</p>'
        text = result.output.rstrip()
        printed = f'<pre class="output" tabindex="0">{escape(text)}</pre>' if text else ""
        return printed + "".join(self.figure(cell, i, svg) for i, svg in enumerate(result.figures))

    def figure(self, cell: Directive, number: int, svg: str) -> str:
        caption = cell.options["caption"]
        drawn = inline(svg, f"{self.concept}-{cell.line}-{number}-", plain(re.sub("[$`*]", "", caption)))
        return f"<figure>{drawn}<figcaption>{self.md.renderInline(caption)}</figcaption></figure>"

    def library(self, directive: Directive) -> str:
        try:
            found = quote(directive.argument)
        except LookupError as error:
            raise LessonError(self.document.path, directive.line - 1, str(error)) from error
        where = f"<code>{escape(found.symbol)}</code> in <code>{escape(found.file)}</code>, line {found.line}"
        return f'<figure class="library">{code(found.source)}<figcaption>{where}</figcaption></figure>'

    def predict(self, directive: Directive) -> str:
        question, answer = (markdown().render(part) for part in directive.parts())
        number = self.predictions.index(directive.line) + 1
        name = f"{self.concept}-{number}"
        return (
            f'<form class="predict" data-id="{name}" data-concept="{self.concept}" data-index="{number}">'
            f'<p class="predict-head">Predict</p><div id="{name}-question">{question}</div><div class="predict-commit">'
            f'<textarea name="text" rows="2" maxlength="2000" aria-labelledby="{name}-question"></textarea>'
            '<button type="submit">Commit</button></div><p class="predict-note" role="status"></p>'
            f'<div class="predict-answer" tabindex="-1" hidden>{answer}</div></form>'
        )

    def margin(self, directive: Directive) -> str:
        return f'<aside class="margin">{markdown().render(directive.body)}</aside>'

    def exercise(self, directive: Directive) -> str:
        exercise = load_course().exercise_by_id.get(directive.argument)
        if exercise is None:
            raise LessonError(self.document.path, directive.line - 1, f"no exercise is called {directive.argument}")
        facts = f"exercise, {exercise.spec.points} points, about {exercise.spec.minutes} minutes"
        return f'<p class="to-do"><a href="/exercise/{exercise.id}">{escape(exercise.title)}</a> ({facts})</p>'

    def lab(self, directive: Directive) -> str:
        name = escape(directive.argument)
        return f'<p class="to-do"><a href="/lab/{name}">{name}</a> (lab)</p>'


def _belongs_to_title(token: Token, title: Heading) -> bool:
    on_its_line = token.map is not None and first_line(token) == title.line
    return on_its_line or (token.type, token.tag) == ("heading_close", "h1")
