"""A verdict in words, wherever it is shown: the terminal's words in the terminal's order.

The sentence comes first; then what was tried, expected beside received, where to read, the hint. All of it may hold
what a learner's code printed or raised, so HTML is made with everything escaped.
"""

from html import escape

from groundup.course.check.verdict import Verdict
from groundup.course.manifest import load_course

_PRE = "margin:0;font-size:0.9em;white-space:pre-wrap;background:none"
_NAME = "text-align:left;vertical-align:top;padding:0.1em 1.2em 0.1em 0;font-weight:normal;opacity:0.7"
_VALUE = "text-align:left;vertical-align:top;padding:0.1em 0"


def word(verdict: Verdict) -> str:
    """The mark at the head of a verdict."""
    return "passed" if verdict.passed else "not yet"


def rows(verdict: Verdict, again: str = "") -> list[tuple[str, str]]:
    """What stands under the sentence, as (name, value); nothing where the check was passed."""
    if verdict.passed:
        return []
    found = [("tried", "the smallest example that fails" if verdict.smallest else verdict.case)]
    if verdict.expected:
        found.append(("code", verdict.code))
        found += [*verdict.inputs.items(), *_pair(verdict.what, verdict.expected, verdict.received)]
        found += _intermediate(verdict)
        found.append(("tolerance", f"{verdict.tolerance:g} relative" if verdict.tolerance else ""))
    if verdict.see:
        exercise = load_course().exercise(verdict.exercise)
        found.append(("read", f'"{verdict.see}" in groundup lesson {exercise.concept if exercise else ""}'))
    found += [
        ("hint", verdict.hint),
        ("again", again if verdict.case else ""),  # else there were no numbers
    ]
    return [(name, value) for name, value in found if value]


def _pair(what: str, expected: str, received: str) -> list[tuple[str, str]]:
    return [("expected", f"{what} = {expected}"), ("received", f"{what} = {received}")]


def _intermediate(verdict: Verdict) -> list[tuple[str, str]]:
    """The first wrong step of the example, where the concept names its steps."""
    step = verdict.intermediate
    if step is None:
        return []
    right = f" ({', '.join(step.right)} {'is' if len(step.right) == 1 else 'are'} right)" if step.right else ""
    return [("first off", f"{step.name}{right}"), *_pair(step.name, step.expected, step.received)]


def as_text(verdict: Verdict, again: str = "") -> str:
    """The verdict for a terminal without colours."""
    lines = [f"{word(verdict)}  {verdict.exercise}", f"  {verdict.sentence}"]
    for name, value in rows(verdict, again):
        lines.append(f"  {name:<9} " + _set_under(value, 12))
    return "\n".join(lines)


def _set_under(value: str, margin: int = 0) -> str:
    """Further lines of an array are set under its first."""
    first = value.partition("\n")[0]
    return value.replace("\n", "\n" + " " * (margin + max(0, first.find("["))))


def as_html(verdict: Verdict, again: str = "") -> str:
    """The verdict for a notebook: no style sheet, no scripts, so that it shows in every front end."""
    colour = "#1a7f37" if verdict.passed else "#c0392b"
    parts = [
        f'<p style="margin:0"><strong style="color:{colour}">{word(verdict)}</strong> '
        f"<strong>{escape(verdict.exercise)}</strong><br>{escape(verdict.sentence)}</p>"
    ]
    shown = rows(verdict, again)
    if shown:
        parts.append(f'<table style="margin:0.6em 0 0;border:0">{"".join(_row(*row) for row in shown)}</table>')
    for title, text in (("trace", verdict.trace), ("printed", verdict.output)):
        if text.strip():
            parts.append(f'<details><summary>{title}</summary><pre style="{_PRE}">{escape(text)}</pre></details>')
    return "<div>" + "".join(parts) + "</div>"


def _row(name: str, value: str) -> str:
    return (
        f'<tr style="background:none"><th scope="row" style="{_NAME}">{escape(name.strip())}</th>'
        f'<td style="{_VALUE}"><pre style="{_PRE}">{escape(_set_under(value))}</pre></td></tr>'
    )
