"""groundup sweep."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from groundup.cli.sweep import register


def test_the_command_and_how_a_sweep_stands(tmp_path: Path) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    folder = str(tmp_path / "s")
    options = ["--trials", "2", "--jobs", "1", "--quick", "--set", "epochs=2", "--json", "--run-dir", folder]
    ran = CliRunner().invoke(app, ["sweep", "binary-classification", *options])
    assert ran.exit_code == 0, ran.output
    result = json.loads(ran.stdout)
    assert (result["complete"], result["quick"]) == (2, True)
    assert "a quick sweep: a look, no result" in ran.stderr
    stood = CliRunner().invoke(app, ["sweep", "--status", folder]).stdout
    assert "binary-classification: 2 complete, 0 pruned, 0 failed, of 2 trials\nrunning: none\n" in stood
    best = json.loads(CliRunner().invoke(app, ["sweep", "--status", folder, "--json"]).stdout)["best"]
    assert best["settings"] == result["best"]["settings"]
