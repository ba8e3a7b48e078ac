"""A run's report as a piece of a page: its Markdown, its figures drawn in the page's own ink.

HTML in a report is shown as text, and only figures of the run's own folder are drawn; links
lead to files beside the report, so on the page they are plain words.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from groundup.course.lessons.svg import inline
from groundup.studio.runs import Run


def to_html(run: Run) -> str:
    """What a run came to: its report.md; for one that ended without, what it printed; "" while it runs."""
    file = run.folder / "report.md"
    if not file.is_file():
        shown = run.log.strip() if run.state == "failed" else ""
        return f'<pre class="log" tabindex="0">{escape(shown)}</pre>' if shown else ""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(file.read_text(encoding="utf-8"))
    if tokens and tokens[0].tag == "h1":
        tokens = tokens[3:]  # the page has this heading
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        token.children = [child for child in token.children or [] if child.type not in ("link_open", "link_close")]
    return _tables_scroll(_render(markdown, tokens, run.folder))


def _render(markdown: MarkdownIt, tokens: Sequence[Token], folder: Path) -> str:
    def image(tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        return figure(folder, str(token.attrs.get("src", "")), token.content)

    markdown.renderer.rules["image"] = image  # type: ignore[attr-defined]
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _tables_scroll(html: str) -> str:
    return html.replace("<table>", '<div class="scroll-x" tabindex="0"><table>').replace("</table>", "</table></div>")


def figure(folder: Path, source: str, caption: str) -> str:
    """A figure of the run, drawn in the page; what is no SVG of this folder is named instead."""
    file = (folder / source).resolve()
    if file.suffix == ".png":
        file = file.with_suffix(".svg")
    if not file.is_relative_to(folder.resolve()) or file.suffix != ".svg" or not file.is_file():
        return f"<code>{escape(source)}</code>"
    drawn = inline(file.read_text(encoding="utf-8"), f"{file.stem}-", caption)
    return f'<span class="figure">{drawn}<span class="figcaption">{escape(caption)}</span></span>'
