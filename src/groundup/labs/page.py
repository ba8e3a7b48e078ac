"""A report as a page: its Markdown as HTML, its figures drawn in the page's own ink.

``to_html`` makes the page that stands alone: it runs no script, fetches nothing, and its content policy allows its own
style sheet and pictures that stand in it. ``body`` is what stands on that page, or on another's. A report is written by
a program that may be a learner's: HTML in it is shown as text, and figures come out of the run's own folder alone.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from groundup.labs.svg import inline

LINK = ("link_open", "link_close")
PER_CENT = re.compile(r"(?<=\d) %")


def to_html(markdown: str, folder: Path, title: str) -> str:
    """The whole page. A link to another report.md leads to the page beside that one."""
    style = style_sheet()
    allowed = f"default-src 'none'; style-src '{digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{allowed}">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
<main>
{body(markdown, folder)}</main>
</body>
</html>
"""


@cache
def style_sheet() -> str:
    """How a page that stands alone looks."""
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def digest(style: str) -> str:
    """The source by which a content policy allows this style sheet and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def body(markdown: str, folder: Path, *, part: bool = False) -> str:
    """The report's HTML. As ``part`` of another page it has no title and no links, and its headings are one deeper."""
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")
    tokens = parser.parse(markdown)
    if part:
        tokens = list(_as_part(tokens))
    for token in tokens:
        _number_cell(token)
        for child in token.children or []:
            _to_page(child)
    _free_figures(tokens)
    html = str(parser.renderer.render(tokens, parser.options, {"folder": folder}))
    return html.replace("<table>", '<div class="scroll-x" tabindex="0"><table>').replace("</table>", "</table></div>")


class _Renderer(RendererHTML):
    """markdown-it's, but for figures, which it draws in the page."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        caption = self.renderInline(token.children or [], options, env)
        return figure(env["folder"], str(token.attrs["src"]), token.content, caption)


def figure(folder: Path, source: str, label: str, caption: str) -> str:
    """A figure of the run with its caption, which is HTML; what is no SVG of this folder is named instead."""
    file = (folder / source).resolve()
    if file.suffix == ".png":
        file = file.with_suffix(".svg")
    if not file.is_relative_to(folder.resolve()) or file.suffix != ".svg" or not file.is_file():
        return f"<code>{escape(source)}</code>"
    drawn = inline(file.read_text(encoding="utf-8"), f"{file.stem}-", label)
    return f'<figure class="figure">{drawn}<figcaption>{caption}</figcaption></figure>'


def _as_part(tokens: Sequence[Token]) -> Iterator[Token]:
    """Without the title that the page has, without links, which lead to files beside the report."""
    title = 3 if tokens and tokens[0].tag == "h1" else 0  # opened, said, closed
    for token in tokens[title:]:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        token.children = [child for child in token.children or [] if child.type not in LINK]
        yield token


def _number_cell(token: Token) -> None:
    """A column that Markdown sets right holds numbers; a style in the element itself the policy would not allow."""
    if token.attrs.pop("style", "") == "text-align:right":
        token.attrs["class"] = "number"


def _to_page(token: Token) -> None:
    """A link between reports leads from page to page; a number and its per cent stand on one line."""
    if token.type == "text":
        token.content = PER_CENT.sub("\u00a0%", token.content)
    href = str(token.attrs.get("href", ""))
    if token.type == "link_open" and href.endswith("report.md") and "://" not in href:
        token.attrs["href"] = href.removesuffix("md") + "html"


def _free_figures(tokens: Sequence[Token]) -> None:
    """No figure may stand in a paragraph of HTML: what Markdown makes one is a division."""
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before.type == "paragraph_open" and any(child.type == "image" for child in token.children or []):
            before.tag = after.tag = "div"
