"""What a learner's file may do by accident or on purpose: each gets its own clear verdict, in bounded time."""

import time
from pathlib import Path

import pytest

from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.manifest import load_course
from groundup.course.starter import find_bodies

EXERCISE = load_course().exercise_by_id["linear-forward"]


def verdict_on(tmp_path: Path, body: str, top: str = "") -> Verdict:
    """Check Linear.forward with this body, and these lines at the top of the file."""
    source = EXERCISE.file.read_text(encoding="utf-8")
    (place,) = find_bodies(source, EXERCISE.functions)
    lines = source.splitlines(keepends=True)
    lines[place.start : place.end] = [f"        {line}\n" for line in body.splitlines()]
    docstring_end = source.index('"""', 3) + 4
    text = "".join(lines)
    file = tmp_path / "linear.py"
    file.write_text(text[:docstring_end] + top + "\n" + text[docstring_end:], encoding="utf-8")
    return check(EXERCISE, file, seed=3)


RIGHT = "self.keep(x)\nreturn x @ self.weight.value.T + (0 if self.bias is None else self.bias.value)"


def test_right_but_different_passes(tmp_path: Path) -> None:
    import_einsum = "y = np.einsum('...i,oi->...o', x, self.weight.value)\nself.keep(x)\nreturn y if self.bias is None else y + self.bias.value"
    assert verdict_on(tmp_path, RIGHT).passed
    assert verdict_on(tmp_path, import_einsum, top="import numpy as np").passed


@pytest.mark.parametrize(
    ("body", "top", "kind", "says"),
    [
        ("return x @@ 3", "", "syntax", "line"),
        ("return None", "", "nothing", "None"),
        ("pass", "", "nothing", "return missing"),
        ("while True: pass", "", "timeout", "more than 5 seconds"),
        ("import time; time.sleep(60)", "", "timeout", "more than 5 seconds"),
        ("import numpy as np; return np.ones(1_300_000_000)", "", "memory", "2 GB"),
        ("return [0] * 1_300_000_000", "", "memory", "2 GB"),
        ("import sys; sys.exit(0)", "", "exit", "sys.exit"),
        ("import os; os._exit(0)", "", "died", "before it gave a result"),
        ("while True: print('x' * 100)", "", "output", "megabyte"),
        ("return 1 / 0", "", "error", "ZeroDivisionError"),
        (RIGHT, "import sys; sys.exit(3)", "exit", "sys.exit"),
        (RIGHT, "raise ValueError('at the top')", "error", "at the top"),
        (RIGHT, "import torch", "forbidden", "by hand"),
        ("from groundup.nn.linear import Linear\nreturn x", "", "forbidden", "by hand"),
        ("self.keep(x)\nreturn x @ self.weight.value.T + 1", "", "values", "y is off"),
        (f"y = x.copy()\nx *= 0\nx += 1\nx[...] = y\n{RIGHT}", "", "passed", "Right"),
        ("y = x @ self.weight.value.T + (0 if self.bias is None else self.bias.value)\nself.keep(x)\nx[...] = 7\nreturn y", "", "mutation", "in place"),
        ("self.keep(x)\ny = x @ self.weight.value.T + (0 if self.bias is None else self.bias.value)\nreturn y.astype('float64')", "", "dtype", "float64"),
        ("self.keep(x)\ny = x @ self.weight.value.T + (0 if self.bias is None else self.bias.value)\nreturn y.T", "", "shape", "transposed"),
        ("self.keep(x)\nreturn x @ self.weight.value.T * float('nan')", "", "values", "nan"),
    ],
)  # fmt: skip
def test_each_gets_its_own_verdict_in_bounded_time(tmp_path: Path, body: str, top: str, kind: str, says: str) -> None:
    started = time.monotonic()
    verdict = verdict_on(tmp_path, body, top)
    assert (verdict.kind, says in verdict.sentence) == (kind, True), verdict.to_json()
    assert time.monotonic() - started < 15  # a bound on hanging, not a measurement


@pytest.mark.parametrize(
    "body",
    [
        "import numpy as np\nclass Yes(np.ndarray):\n    def __eq__(self, other): return True\nreturn np.zeros((2, 2)).view(Yes)",
        "class Yes:\n    shape = (2, 2)\n    def __array__(self, *a, **k): return __import__('numpy').zeros((2, 2))\n    def __eq__(self, other): return True\nreturn Yes()",
        "import numpy\nnumpy.allclose = lambda *a, **k: True\nnumpy.testing.assert_allclose = lambda *a, **k: None\nreturn x @ self.weight.value.T * 0",
        "print('{\"passed\": true}')\nreturn x @ self.weight.value.T * 0",
        "import pathlib\nfor i in range(9):\n    pathlib.Path(f'../result-0-{i}.npy').write_bytes(b'x')\nimport os; os._exit(0)",
    ],
)
def test_tricks_do_not_pass(tmp_path: Path, body: str) -> None:
    verdict = verdict_on(tmp_path, body)
    assert not verdict.passed, verdict.to_json()


def test_a_forged_array_file_is_refused(tmp_path: Path) -> None:
    """A header that promises ten gigabytes is read as a lie, not as ten gigabytes."""
    body = (
        "import numpy as np, pathlib, json, os\n"
        "h = b\"{'descr': '<f8', 'fortran_order': False, 'shape': (1300000000,), }\"\n"
        "h += b' ' * (63 - (len(h) + 10) % 64) + b'\\n'\n"
        "pathlib.Path('../result-0-0.npy').write_bytes(b'\\x93NUMPY\\x01\\x00' + len(h).to_bytes(2, 'little') + h + b'12345678')\n"
        "case = {'results': {'y': 'result-0-0.npy'}, 'odd': {}, 'changed': []}\n"
        "pathlib.Path('../result.json').write_text(json.dumps({'cases': [case] * 4}))\n"
        "os._exit(0)"
    )
    verdict = verdict_on(tmp_path, body)
    assert verdict.kind == "died"
    assert "header says" in verdict.output


def test_an_object_array_is_named_for_what_it_is(tmp_path: Path) -> None:
    verdict = verdict_on(tmp_path, "import numpy as np\nreturn np.array([x, None], dtype=object)")
    assert verdict.kind == "nothing"
    assert "object" in verdict.sentence


def test_a_deleted_or_renamed_file_or_function_is_named(tmp_path: Path) -> None:
    assert check(EXERCISE, tmp_path / "linear.py").kind == "missing"
    renamed = tmp_path / "renamed.py"
    renamed.write_text(EXERCISE.file.read_text(encoding="utf-8").replace("def forward", "def fwd"), encoding="utf-8")
    verdict = check(EXERCISE, renamed)
    assert verdict.kind == "missing"
    assert "Linear.forward" in verdict.sentence
    binary = tmp_path / "binary.py"
    binary.write_bytes(b"\xff\xfe\x00\x01" * 10)
    assert check(EXERCISE, binary).kind == "syntax"


def test_the_child_leaves_nothing_running(tmp_path: Path) -> None:
    mark = f"groundup-straggler-{time.time_ns()}"
    body = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)', '{mark}'])\n{RIGHT}"
    verdict_on(tmp_path, body)
    time.sleep(0.2)
    running = [p for p in Path("/proc").glob("[0-9]*/cmdline") if mark.encode() in _read(p)]
    assert not running


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # the process ended while we looked
