"""groundup: deep learning from the ground up, a course that runs."""

import os
import sys

import typer

from groundup.cli import audit, classroom, course, data, exercises, lab, notebooks, start, sweep

app = typer.Typer(
    name="groundup", help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
start.register(app)
exercises.register(app)
course.register(app)
notebooks.register(app)
audit.register(app)
sweep.register(app)
app.add_typer(lab.app, name="lab")
app.add_typer(data.app, name="data")
app.add_typer(classroom.app, name="class")


def main() -> None:
    """Run a command. What a user can mend is one sentence on stderr, exit code 2; GROUNDUP_DEBUG=1 shows the trace."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # a Windows console may be in another code page
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `groundup list | head` is no error
        sys.exit(141)
    except (ValueError, OSError, RuntimeError, LookupError, ImportError) as error:
        if os.environ.get("GROUNDUP_DEBUG"):
            raise
        print(f"groundup: {error}", file=sys.stderr)
        sys.exit(2)
