"""A run's report as a piece of a page."""

from html import escape

from groundup.labs.page import body
from groundup.studio.runs import Run

LAST = 4000  # characters of what a run printed


def to_html(run: Run) -> str:
    """What a run came to: its report.md; for one that ended without, what it printed; "" while it runs."""
    file = run.folder / "report.md"
    if file.is_file():
        return body(file.read_text(encoding="utf-8"), run.folder, part=True)
    shown = run.output.strip()[-LAST:] if run.state == "failed" else ""
    return f'<pre class="log" tabindex="0">{escape(shown)}</pre>' if shown else ""
