"""A lesson as Markdown for a terminal: the same words in the same order, figures named by their captions.

Mathematics is rewritten in plain characters as far as that goes: Greek letters, sums, fractions, roots.
"""

import re

from groundup.course.lessons.execute import CellResult
from groundup.course.lessons.parse import Directive, Document, first_line
from groundup.course.lessons.quote import quote

_SIGNS = """alpha α beta β gamma γ delta δ epsilon ε varepsilon ε eta η theta θ lambda λ mu μ sigma σ tau τ phi φ rho ρ
pi π nabla ∇ partial ∂ sum Σ prod Π cdot · times × odot ⊙ approx ≈ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ in ∈ to → mapsto ↦
infty ∞ top ᵀ ldots … cdots … dots … pm ± Delta Δ Sigma Σ Omega Ω sqrt √ sim ∼ int ∫ ll ≪ gg ≫ forall ∀
lVert ‖ rVert ‖ lvert | rvert | mid | circ ∘ ell ℓ cup ∪ cap ∩"""
SIGNS = dict(zip(_SIGNS.split()[::2], _SIGNS.split()[1::2], strict=True))
WRAPPERS = "mathrm|mathbf|text|operatorname|boldsymbol|mathit|mathbb|mathcal"
REWRITES = [  # innermost first, until nothing changes
    (re.compile(rf"\\(?:{WRAPPERS})\s*\{{([^{{}}]*)\}}"), r"\1"),
    (re.compile(r"\\underset\{([^{}]*)\}\{?(\w+(?:\^\\top)?)\}?"), r"\2 \1"),
    (re.compile(r"([_^])\{(\w+)\}"), r"\1\2"),
    (re.compile(r"\\sqrt\{([^{}]*)\}"), r"√(\1)"),
    (re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}"), r"(\1)/(\2)"),
    (re.compile(r"\\[dt]?frac(\w)(\w)"), r"\1/\2"),
    (re.compile(r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits)(?![A-Za-z]) ?"), ""),
    (re.compile(r"\\begin\{\w+\*?\}|\\end\{\w+\*?\}|&"), ""),
]


def to_markdown(document: Document, results: list[CellResult] | None) -> str:
    """The lesson with its directives and mathematics spelt out in plain Markdown."""
    lines = document.text.splitlines()
    by_line = dict(zip((c.line for c in document.cells), results or [], strict=False))
    for token in reversed(document.tokens):
        if token.map is None:
            continue
        begin, end = token.map
        if directive := document.directives.get(first_line(token)) if token.type == "fence" else None:
            lines[begin:end] = _directive(directive, by_line.get(directive.line)).splitlines()
        elif token.type == "math_block":
            lines[begin:end] = _display(token.content)
        elif token.type == "inline" and any(c.type == "math_inline" for c in token.children or []):
            lines[begin:end] = _inline("\n".join(lines[begin:end])).splitlines()
    return "\n".join(lines) + "\n"


def plain(tex: str) -> str:
    r"""TeX in plain characters: ``\frac{\partial L}{\partial y_n}`` becomes ``(∂L)/(∂y_n)``."""
    tex = re.sub(r"\\tag\{(\d+)\}", r"    (\1)", tex)
    tex, before = re.sub(r"\\q?quad(?![A-Za-z])", "   ", tex), ""
    while before != tex:
        before = tex
        for pattern, plainer in REWRITES:
            tex = pattern.sub(plainer, tex)
    tex = tex.replace("\\\\", "\n")
    tex = re.sub(r"\\(partial|nabla) |\\([A-Za-z]+)", lambda m: SIGNS.get(m[1] or m[2], m[1] or m[2]), tex)
    tex = re.sub(r"\\([{}])", r"\1", re.sub(r"\\[,;!: ]", " ", tex))
    return re.sub(r"\{(\w)\}", r"\1", tex.replace("^{ᵀ}", "ᵀ").replace("^ᵀ", "ᵀ"))


def _display(tex: str) -> list[str]:
    return ["```text", *(line.strip() for line in plain(tex).splitlines() if line.strip()), "```"]


def _inline(text: str) -> str:
    return re.sub(r"(?<![\\$`])\$([^$]+?)\$", lambda m: "`" + plain(m[1]).replace("\n", " ").strip() + "`", text)


def _directive(directive: Directive, result: CellResult | None) -> str:
    match directive.name:
        case "code-cell":
            return _cell(directive, result)
        case "library":
            found = quote(directive.argument)
            return f"```python\n{found.source}\n```\n*{found.symbol}, {found.file}, line {found.line}*"
        case "predict":
            question, answer = (_inline(part) for part in directive.parts())
            quoted = "\n".join(f"> {line}" for line in f"**Answer.** {answer}".splitlines())
            return f"**Predict.** {question}\n\n{quoted}"
        case "margin":
            return "\n".join(f"> {line}" for line in _inline(directive.body).strip().splitlines())
        case _:
            command = "groundup open" if directive.name == "exercise" else "groundup lab run"
            return f"- `{command} {directive.argument}`"


def _cell(cell: Directive, result: CellResult | None) -> str:
    parts = [] if "hide" in cell.options else [f"```python\n{cell.body.rstrip()}\n```"]
    if result and result.missing:
        parts.append(f"*Not run: {' and '.join(result.missing)} is not installed here.*")
    if result and result.output.strip():
        parts.append(f"```text\n{result.output.rstrip()}\n```")
    if caption := cell.options.get("caption"):
        parts.append(f"*Figure: {_inline(caption)} The studio shows it.*")
    return "\n\n".join(parts)
