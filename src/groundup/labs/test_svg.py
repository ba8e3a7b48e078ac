"""A figure among others in a page."""

import re

from groundup.labs.svg import inline


def test_figures_follow_the_theme_and_need_no_inline_style() -> None:
    drawn = (
        '<?xml version="1.0"?><svg width="9pt"><metadata>m</metadata><defs><style>*{x: y}</style></defs><g id="a" '
        'style="fill: #1C1B1A; font: italic 700 9px \'DejaVu Sans Mono\'"/><use xlink:href="#a" '
        "style=\"fill: none; font-family: 'STIXGeneral'\"/></svg>"
    )
    svg = inline(drawn, "p-", 'a "label"')
    assert 'fill="currentColor"' in svg
    assert 'font-style="italic" font-weight="700" font-size="9px"' in svg
    assert "Mono" in svg
    assert 'id="p-a"' in svg
    assert 'href="#p-a"' in svg
    assert "&quot;label&quot;" in svg
    assert not re.search(r" style=|<style|metadata|STIX|<\?xml", svg)
