"""A drawn figure made fit to stand in a page among others.

Ids are prefixed (two inline figures would share them), the ink follows the page's text colour, and styles become
attributes: the page's security policy allows no inline style, and matplotlib's ``<style>`` would reach the whole page.
Words take the page's serif face, which it brings along; STIX, which matplotlib measured them by, few systems have.
"""

import re
from html import escape

from groundup.labs.figures import INK

FONT = re.compile(r"(?:(italic|oblique) )?(?:(\d{3}|bold) )?([\d.]+px) (.+)$")


def inline(svg: str, prefix: str, label: str) -> str:
    """The <svg> element, ready to be put into HTML; ``label`` is read aloud in its place."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<defs>\s*</defs>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}\1)", svg)
    svg = re.sub(r'\bstyle="([^"]*)"', lambda match: _attributes(match[1]), svg)
    svg = re.sub(re.escape(INK), "currentColor", svg, flags=re.IGNORECASE)
    root = (
        f'<svg role="img" aria-label="{escape(label)}" overflow="visible" stroke-linejoin="round" stroke-linecap="butt"'
    )
    return re.sub(r"\n\s*\n+", "\n", svg).replace("<svg", root, 1).strip()


def _attributes(style: str) -> str:
    """``fill: none`` as ``fill="none"``; the shorthand ``font`` is no attribute and is spelt out."""
    found: dict[str, str] = {}
    for declaration in filter(str.strip, style.split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font" and (match := FONT.match(value)):
            slant, weight, size, family = match.groups()
            found |= {"font-style": slant or "normal", "font-weight": weight or "normal"}
            found |= {"font-size": size, "font-family": family}
        else:
            found[name] = value
    if "mono" not in found.get("font-family", "").lower():
        found.pop("font-family", None)
    return " ".join(f'{name}="{value}"' for name, value in found.items())
