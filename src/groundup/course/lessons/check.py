"""What a lesson owes its reader, as far as a machine sees it: shape, length, figures, links, the tone of its prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from groundup.course.lessons.parse import Document, first_line
from groundup.course.lessons.quote import quote

SECTIONS = [
    "Predict", "Derive", "Build", "See", "Break",
    "In the frameworks", "In practice", "Where it comes from", "Your turn",
]  # fmt: skip
WORDS = range(1000, 2501)
TONE = {
    "filler": re.compile(r"\b(simply|obviously|just|trivially|of course)\b", re.IGNORECASE),
    "American spelling": re.compile(
        r"\b(colors?|behaviors?|neighbors?|favorite|centers?|gray|modeling|labeled|"
        r"(?:optim|initial|normal|general|regular|recogn|minim|maxim|summar|standard|real|organ|random|penal|visual)"
        r"iz(?:e|es|ed|ing|er|ers|ation|ations))\b",
        re.IGNORECASE,
    ),
    "an exclamation mark": re.compile(r"\S*!"),
    "emoji": re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]"),
    "raw HTML": re.compile(r"</?[a-zA-Z][\w-]*(\s[^>]*)?/?>"),
    "a dollar sign outside mathematics": re.compile(r"\S*\$\S*"),
}


@dataclass(frozen=True)
class Problem:
    line: int
    says: str


def check(document: Document, exercises: set[str], own: set[str], labs: set[str]) -> list[Problem]:
    """Everything wrong with a lesson, by line. ``own`` are the exercises of its concept: each must be linked."""
    found = [*_headings(document), *_length(document), *_tone(document), *_code(document)]
    found += [*_links(document, exercises, own, labs), *_quotes(document), *_equations(document)]
    return sorted(found, key=lambda problem: problem.line)


def _headings(document: Document) -> Iterator[Problem]:
    titles = [h for h in document.headings if h.level == 1]
    for extra in titles[1:]:
        yield Problem(extra.line, "a second title; a lesson has one")
    sections = [h for h in document.headings if h.level == 2]
    for have, want in zip(sections, SECTIONS, strict=False):
        if have.text != want:
            yield Problem(have.line, f'expected the section "{want}" here, got "{have.text}"')
            return
    if len(sections) != len(SECTIONS):
        rest = [*SECTIONS[len(sections) :], *(h.text for h in sections[len(SECTIONS) :])]
        yield Problem(document.headings[-1].line, f"sections missing or too many at the end: {', '.join(rest)}")
    for above, below in pairwise(document.headings):
        if below.level > above.level + 1:
            yield Problem(below.line, f'"{below.text}" skips a level of headings')
    anchors = [h.anchor for h in document.headings]
    for i, heading in enumerate(document.headings):
        if heading.anchor in anchors[:i]:
            yield Problem(heading.line, f'a second heading "{heading.text}": links would find the first alone')


def _length(document: Document) -> Iterator[Problem]:
    if document.words not in WORDS:
        yield Problem(1, f"{document.words} words; a lesson has {WORDS.start} to {WORDS.stop - 1}")
    if not any("caption" in cell.options for cell in document.cells):
        yield Problem(1, "no figure: no code-cell has a :caption:")
    if not document.all("predict"):
        yield Problem(1, "no {predict}: the reader is asked nothing before being told")
    if not document.all("library"):
        yield Problem(1, "no {library}: the library's own code is not shown")


def _tone(document: Document) -> Iterator[Problem]:
    for line, text in document.prose():
        for what, pattern in TONE.items():
            if match := pattern.search(text):
                yield Problem(line, f'{what}: "{match[0]}"')


def _code(document: Document) -> Iterator[Problem]:
    for token in document.tokens:
        if token.type == "fence" and token.info.strip() in ("python", "py", "python3"):
            yield Problem(first_line(token), "Python that is never run: make it a {code-cell} python")
    for directive in document.cells:
        if not directive.body.strip():
            yield Problem(directive.line, "an empty cell")


def _links(document: Document, exercises: set[str], own: set[str], labs: set[str]) -> Iterator[Problem]:
    for name, known in (("exercise", exercises), ("lab", labs)):
        for link in document.all(name):
            if link.argument not in known:
                there = ", ".join(sorted(known))
                yield Problem(link.line - 1, f"no {name} is called {link.argument}; there are {there}")
    for missing in sorted(own - {link.argument for link in document.all("exercise")}):
        yield Problem(document.headings[-1].line, f"the exercise {missing} of this concept is not linked")


def _quotes(document: Document) -> Iterator[Problem]:
    for directive in document.all("library"):
        try:
            quote(directive.argument)
        except LookupError as error:
            yield Problem(directive.line - 1, str(error))


def _equations(document: Document) -> Iterator[Problem]:
    numbers: list[int] = []
    for token in document.tokens:
        if token.type == "math_block":
            tags = [int(n) for n in re.findall(r"\\tag\{(\d+)\}", token.content)]
            if any(n in numbers for n in tags):
                yield Problem(first_line(token), f"equation {tags[0]} is numbered twice")
            numbers += tags
    if not numbers:
        yield Problem(1, "no numbered equation: \\tag{1} links the lesson to the code that cites it")
