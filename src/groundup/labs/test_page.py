"""A report as a page that stands alone."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from groundup.labs import figures
from groundup.labs.page import body, digest, style_sheet, to_html

TEXT = """# Title

Known to 95 % in `x %`, <script>alert(1)</script> and [seed](seed-0/report.md), [far](https://example.org/report.md).

![The *loss* & more](figures/loss.png)

| seed | accuracy |
| --- | ---: |
| 0 | 93.4 % |
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    fig, axes = figures.figure()
    figures.curve(axes, 0, [0, 1], [1, 0])
    axes.imshow([[0, 1]], interpolation="none")
    figures.save(fig, tmp_path / "figures" / "loss")
    return tmp_path


class Tags(HTMLParser):
    """The tags of a page and their attributes; each that is opened is closed in order."""

    VOID = ("meta", "path", "use", "image", "stop", "rect")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_runs_nothing_and_fetches_nothing(run: Path) -> None:
    tags = Tags(to_html(TEXT, run, "Title")).found
    names = {name for name, _ in tags}
    assert {"html", "main", "h1", "figure", "svg", "image", "table"} <= names
    assert not names & {"script", "link", "iframe", "img", "object"}
    for name, attrs in tags:
        assert "style" not in attrs, "the page's policy drops it"
        assert not any(key.startswith("on") for key in attrs)
        source = attrs.get("src") or attrs.get("xlink:href") or "#"
        assert source.startswith(("#", "data:image/png")), (name, source)
    assert not re.search(r"url\((?!#)|@import", style_sheet())


def test_the_policy_allows_this_style_sheet_alone(run: Path) -> None:
    html = to_html(TEXT, run, "Title")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    assert f"style-src '{digest(style[1])}'" in html
    assert "default-src 'none'" in html
    assert digest("a") == "sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="  # sha256sum, base64


def test_html_is_text_and_the_title_too(run: Path) -> None:
    html = to_html(TEXT, run, "a < b </title>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<title>a &lt; b &lt;/title&gt;</title>" in html


def test_a_figure_is_drawn_in_the_page_in_its_ink(run: Path) -> None:
    html = body(TEXT, run)
    assert "<figcaption>The <em>loss</em> &amp; more</figcaption></figure></div>" in html
    assert 'aria-label="The *loss* &amp; more"' in html
    assert 'stroke="currentColor"' in html
    assert figures.INK not in html


@pytest.mark.parametrize("source", ["../x.svg", "figures/none.svg", "report.md", "https://example.org/x.svg", "/x.svg"])
def test_what_is_no_figure_of_the_run_is_named(run: Path, source: str) -> None:
    (run.parent / "x.svg").write_text("<svg/>")
    (run / "report.md").write_text("no picture")
    html = body(f"![x]({source})", run)
    assert html == f"<div><code>{source}</code></div>\n"


def test_a_link_out_of_the_folder_is_no_figure_of_the_run(run: Path) -> None:
    (run.parent / "x.svg").write_text("<svg/>")
    (run / "figures" / "y.svg").symlink_to(run.parent / "x.svg")
    assert "<code>figures/y.svg</code>" in body("![x](figures/y.svg)", run)


def test_numbers_stand_right_and_keep_their_sign(run: Path) -> None:
    html = body(TEXT, run)
    assert '<th class="number">accuracy</th>' in html
    assert '<td class="number">93.4\u00a0%</td>' in html
    assert "95\u00a0% in <code>x %</code>" in html


def test_links_between_reports_lead_from_page_to_page(run: Path) -> None:
    html = body(TEXT, run)
    assert 'href="seed-0/report.html"' in html
    assert 'href="https://example.org/report.md"' in html


def test_a_part_of_another_page_has_no_title_and_no_links(run: Path) -> None:
    html = body("# Title\n\n## Part\n\n###### Deep\n\n[seed](seed-0/report.md)", run, part=True)
    assert html == "<h3>Part</h3>\n<h6>Deep</h6>\n<p>seed</p>\n"
    assert body("No title\n\n# Late", run, part=True) == "<p>No title</p>\n<h2>Late</h2>\n"
    assert body("", run, part=True) == ""
