"""Lessons: what is understood, what is refused and where, what runs, what is kept, and how it looks."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from groundup.course import lesson as lessons
from groundup.course.lesson import LessonError
from groundup.course.lessons import cache
from groundup.course.lessons.parse import parse
from groundup.course.lessons.quote import quote
from groundup.course.lessons.terminal import plain

CELL = "```{code-cell} python\n"
FIGURE = (
    ":caption: A line\n:hide:\nfrom groundup.labs import figures\nfig, ax = figures.figure()\nax.plot([0, 1])\n```\n"
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path / "cache"))


def written(folder: Path, text: str) -> Path:
    path = folder / "topic" / "lesson.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def built(folder: Path, text: str, **options: float) -> lessons.Lesson:
    return lessons.build(written(folder, text), **options)  # type: ignore[arg-type]


def refused(folder: Path, text: str, **options: float) -> str:
    with pytest.raises(LessonError) as caught:
        built(folder, text, **options)
    return str(caught.value).removeprefix(str(folder / "topic") + "/")


# What is refused, and where.


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Words alone", "lesson.md:1: expected the lesson to begin with a title"),
        ("# T\n\n```{figur} x\n```\n", "lesson.md:3: unknown directive {figur}; known are code-cell"),
        ("# T\n```{lab}\n```\n", "lesson.md:2: {lab} needs a name after it"),
        ("# T\n```{code-cell} julia\n```\n", "lesson.md:2: expected {code-cell} python"),
        ("# T\n```{code-cell} python\n:captoin: x\n```\n", "lesson.md:2: {code-cell} has no option 'captoin'"),
        ("# T\n```{predict}\nWhat?\n```\n", "lesson.md:2: {predict} needs a question"),
        ("# T\n\n````{margin}\na\n```{lab} x\n```\n````\n", "lesson.md:5: {lab} stands inside {margin}"),
        (
            "# T\n\n```{library} groundup.nn.linear.linear:Linear.forwrd\n```\n",
            "lesson.md:3: nn/linear/linear.py has no",
        ),
        ("# T\n\n```{exercise} linear-sideways\n```\n", "lesson.md:3: no exercise is called linear-sideways"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    assert refused(tmp_path, text).startswith(says)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1\n1 / 0\n", "lesson.md:5: the cell raised ZeroDivisionError: division by zero"),
        ("def f(:\n    pass\n", "lesson.md:4: the cell raised SyntaxError"),
        ("def f():\n    raise ValueError('deep')\nf()\n", "lesson.md:5: the cell raised ValueError: deep"),
        ("raise SystemExit(3)\n", "lesson.md:4: the cell raised SystemExit: 3"),
        ("import os\nos._exit(7)\n", "lesson.md:4: the cell ended Python (status 7)"),
        ("import numpy as np\nnp.float64(1) / np.float64(0)\n", "lesson.md:5: the cell raised RuntimeWarning"),
        ("print('x' * 10_000)\n", "lesson.md:4: the cell prints 10001 characters"),
        ("from groundup.labs import figures\nfigures.figure()\n", "lesson.md:4: the cell draws a figure but has no"),
    ],
)
def test_a_cell_that_fails_is_named_with_the_line_of_the_lesson(tmp_path: Path, code: str, says: str) -> None:
    assert refused(tmp_path, f"# T\n\n{CELL}{code}```\n").startswith(says)


def test_an_endless_cell_is_stopped_and_named(tmp_path: Path) -> None:
    text = f"# T\n\n{CELL}print(1)\n```\n\n{CELL}while True:\n    pass\n```\n"
    assert refused(tmp_path, text, seconds=2.0).startswith("lesson.md:8: the cell had not ended when 2 s were up")


# What runs.


def test_cells_share_one_namespace_and_show_what_they_print_and_draw(tmp_path: Path) -> None:
    lesson = built(tmp_path, f"# T\n\n{CELL}x = 3\n```\n\n{CELL}print(x < 4, '<b>')\n```\n\n{CELL}{FIGURE}")
    assert '<pre class="output" tabindex="0">True &lt;b&gt;</pre>' in lesson.html
    assert lesson.html.count("<svg") == 1
    assert "<figcaption>A line</figcaption>" in lesson.html
    assert "<details" in lesson.html
    assert [bool(result.figures) for result in lesson.results or []] == [False, False, True]


def test_a_library_that_is_missing_is_said(tmp_path: Path) -> None:
    lesson = built(tmp_path, f"# T\n\n{CELL}:needs: nosuchlibrary\nimport nosuchlibrary\n```\n")
    assert "Not run: nosuchlibrary is not installed here." in lesson.html
    assert "Not run: nosuchlibrary" in lessons.to_markdown(lesson)


def test_a_warning_is_shown_where_the_cell_says_so(tmp_path: Path) -> None:
    lesson = built(tmp_path, f"# T\n\n{CELL}:warns:\nimport numpy as np\nnp.exp(np.float64(1e3))\n```\n")
    assert "RuntimeWarning: overflow encountered in exp" in lesson.html


def test_results_are_kept_until_the_lesson_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"# T\n\n{CELL}import time\nprint(time.time_ns())\n```\n"
    first = built(tmp_path, text)
    assert built(tmp_path, text).html == first.html
    assert lessons.render_unexecuted(first.document.path).html == first.html
    assert lessons.build(first.document.path, cached=False).html != first.html
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    assert cache.read(first.document) is None  # other data may give other numbers
    assert lessons.render_unexecuted(first.document.path).results is None


def test_a_damaged_cache_is_rebuilt(tmp_path: Path) -> None:
    text = f"# T\n\n{CELL}print('here')\n```\n"
    built(tmp_path, text)
    [kept] = (tmp_path / "cache" / "lessons").iterdir()
    for damage in (b"", b'{"key": ', b"[]", b'{"key": 1}'):
        kept.write_bytes(damage)
        assert "here" in built(tmp_path, text).html


def test_a_change_of_the_library_changes_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "a.py").write_text("x = 1")
    monkeypatch.setattr(cache, "PACKAGE", library)
    document = parse(written(tmp_path, "# T\n"))
    before = cache.key(document)
    assert cache.key(document) == before
    (library / "a.py").write_text("x = 22")
    assert cache.key(document) != before


# How it looks.

PAGE = r"""
# Title

Inline $x_{ij}$ and <b>no tag</b>.

## Predict

```{predict}
How *many*?
---
Two.
```

$$
\frac{\partial L}{\partial w} = \sum_n dY_n^\top \tag{1}
$$

```{library} groundup.nn.linear.linear:Linear.forward
```

```{margin}
A note.
```

```{exercise} linear-forward
```
```{lab} mnist-mlp
```
"""


def test_the_page_has_every_part_and_nothing_unescaped(tmp_path: Path) -> None:
    html = built(tmp_path, PAGE).html
    assert '<span class="math inline">x_{ij}</span>' in html
    assert '<div class="math block">' in html
    assert "&lt;b&gt;no tag&lt;/b&gt;" in html
    assert '<h2 id="predict">Predict</h2>' in html
    assert "<h1" not in html  # the page brings the title
    form = html[html.index("<form") : html.index("</form>")]
    assert 'data-id="topic-1"' in form
    assert re.search(r"hidden><p>Two\.</p>", form)
    assert '<aside class="margin"><p>A note.</p>' in html
    assert 'href="/exercise/linear-forward"' in html
    assert 'href="/lab/mnist-mlp"' in html
    assert "<code>Linear.forward</code> in <code>nn/linear/linear.py</code>" in html
    assert '<span class="tok-k">def</span>' in html


def test_the_terminal_says_the_same_in_plain_characters(tmp_path: Path) -> None:
    text = lessons.to_markdown(built(tmp_path, PAGE))
    assert "(∂L)/(∂w) = Σ_n dY_nᵀ     (1)" in text
    assert "`x_ij`" in text
    assert "**Answer.** Two." in text
    assert "groundup lab run mnist-mlp" in text
    assert "{predict}" not in text


def test_plain_mathematics() -> None:
    assert plain(r"\operatorname{std}(w) = g \sqrt{\frac{2}{\text{fan}_\text{in}}}") == "std(w) = g √((2)/(fan_in))"
    assert plain(r"\tfrac12 \mathbb{E}[x^{2}] \\ \lVert x \rVert") == "1/2 E[x^2] \n ‖ x ‖"
    assert plain(r"\max(z, 0) \quad\text{or}\quad \log p") == "max(z, 0)    or    log p"
    assert plain(r"\frac{1}{\sqrt{d}} \, \alpha_{ij} \le \infty") == "(1)/(√(d))   α_ij ≤ ∞"


def test_two_figures_of_one_page_share_no_id(tmp_path: Path) -> None:
    html = built(tmp_path, f"# T\n\n{CELL}{FIGURE}\n{CELL}{FIGURE}").html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 10
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', html)) <= set(ids)


def test_quotes_are_whole_lines_of_the_library() -> None:
    method = quote("groundup.nn.linear.linear:Linear.backward")
    assert method.source.startswith("def backward")
    assert method.source.endswith("# (..., O) @ (O, I)")
    assert quote("groundup.core.misconception:Misconception").source.startswith("@dataclass")
    with pytest.raises(LookupError, match=r"did you mean Linear\.forward"):
        quote("groundup.nn.linear.linear:Linear.forwards")
    for unknown in ("os.path:join", "groundup.nn.nothing:x", "groundup.nn.linear.linear"):
        with pytest.raises(LookupError, match="no such module"):
            quote(unknown)
