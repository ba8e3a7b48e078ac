"""`groundup data ...` as a person types it, in a process of its own."""

import json
import os
import subprocess
import sys

import numpy as np

from groundup.core.suggest import nearest
from groundup.data.catalogue import names


def groundup(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"COLUMNS": "120", "NO_COLOR": "1"} | environment
    return subprocess.run([sys.executable, "-m", "groundup", "data", *args], capture_output=True, text=True, env=env)


def test_list_is_one_line_a_data_set_at_80_columns():
    run = groundup("list", COLUMNS="80")
    assert run.returncode == 0, run.stderr
    head, *lines = run.stdout.splitlines()
    assert head.split() == ["name", "kind", "size", "licence", "comes", "from"]
    assert [line.split()[0] for line in lines] == names()
    assert all(len(line) <= 80 for line in lines)
    by_name = {line.split()[0]: line for line in lines}
    for name, texts in {
        "mnist": ("images", "70,000 images", "CC BY-SA 3.0", "stand-in; fetch 11.6 MB"),
        "breast-cancer": ("table", "569 rows", "embedded"),
        "cifar10": ("none stated", "fetch 170.1 MB"),
        "sst2": ("texts", "no source; see its card"),
    }.items():
        assert all(text in by_name[name] for text in texts)


def test_list_as_json_follows_the_mirror(tmp_path):
    rows = {row["name"]: row for row in json.loads(groundup("list", "--json").stdout)}
    assert (rows["mnist"]["place"], rows["mnist"]["stand_in"]) == ("embedded", True)
    assert rows["mnist"]["citation"].startswith("Y. LeCun")  # the whole card
    assert (rows["sst2"]["place"], rows["sst2"]["kind"]) == (None, "texts")
    np.savez(tmp_path / "mnist-10k.npz", images=np.zeros((1, 28, 28), np.uint8), labels=np.zeros(1, int))
    rows = {row["name"]: row for row in json.loads(groundup("list", "--json", GROUNDUP_DATA=str(tmp_path)).stdout)}
    assert (rows["mnist"]["place"], rows["mnist"]["stand_in"]) == ("mirror", False)
    assert rows["mnist"]["source"] == "mirror: 10,000 of the official 60,000 training images"


def test_card_has_the_licence_the_citation_and_why_not_a_better_source():
    run = groundup("card", "mnist")
    assert run.returncode == 0, run.stderr
    for text in ("CC BY-SA 3.0", "Proceedings of the IEEE", "10,000 to test", "stand-in", "cache: nothing fetched"):
        assert text in " ".join(run.stdout.split())


def test_an_unknown_name_suggests_the_nearest():
    for command in ("card", "fetch"):
        run = groundup(command, "mnsit")
        assert run.returncode == 2
        assert run.stderr.strip() == "groundup: unknown data set 'mnsit'; did you mean 'mnist'?"


def test_fetch_of_what_is_embedded_says_so():
    run = groundup("fetch", "digits")
    assert run.returncode == 0, run.stderr
    assert "digits: nothing to download" in run.stdout


def test_fetch_that_cannot_is_one_sentence_and_exit_code_2():
    run = groundup("fetch", "mnist", GROUNDUP_OFFLINE="1")
    assert run.returncode == 2
    assert run.stderr.strip().splitlines()[-1].startswith("groundup: download: GROUNDUP_OFFLINE is set")
    assert "Traceback" not in run.stderr


def test_fetch_of_what_has_no_host_points_at_the_card():
    run = groundup("fetch", "yoruba")
    assert run.returncode == 2
    assert "expected a data set with hosts, got yoruba; `groundup data card yoruba` says more" in run.stderr


def test_nearest_names_one_or_all():
    assert nearest("lab", "mnist-mpl", ["xor", "mnist-mlp"]) == "unknown lab 'mnist-mpl'; did you mean 'mnist-mlp'?"
    assert nearest("lab", "zzz", ["xor", "mnist-mlp"]) == "unknown lab 'zzz'; there are mnist-mlp, xor"
