"""Attacks on the checker, one test each: none passes, none harms, and each gets a clear verdict."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.manifest import load_course
from groundup.course.starter import find_bodies

COURSE = load_course()
WRONG = "self.keep(x)\nreturn x @ self.weight.value.T * 0"
RIGHT = "self.keep(x)\nreturn x @ self.weight.value.T + (0 if self.bias is None else self.bias.value)"


def attack(folder: Path, body: str, top: str = "", exercise: str = "linear-forward") -> Verdict:
    """The verdict on a file with this body in the exercise's function, and these lines at its top."""
    found = COURSE.exercise_by_id[exercise]
    source = found.file.read_text(encoding="utf-8")
    (place,) = find_bodies(source, found.functions)
    lines = source.splitlines(keepends=True)
    lines[place.start : place.end] = [f"        {line}\n" for line in body.splitlines()]
    text = "".join(lines)
    cut = source.index('"""', 3) + 4
    file = folder / "linear.py"
    file.write_text(text[:cut] + top + "\n" + text[cut:], encoding="utf-8")
    started = time.monotonic()
    verdict = check(found, file, seed=3)
    assert time.monotonic() - started < 20  # a bound on hanging, not a measurement
    assert len(verdict.sentence) > 10
    return verdict


def refused(verdict: Verdict, kind: str, says: str = "") -> None:
    assert (verdict.passed, verdict.kind) == (False, kind), verdict.to_json()
    assert says in verdict.sentence


def test_leaving_with_exit_code_zero(tmp_path: Path) -> None:
    refused(attack(tmp_path, "import os\nos._exit(0)"), "died", "before it gave a result")


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_every_exit_code_is_a_fail(tmp_path: Path, code: int) -> None:
    refused(attack(tmp_path, f"import os\nos._exit({code})"), "died")
    refused(attack(tmp_path, f"raise SystemExit({code})"), "exit", "sys.exit")


def test_printing_a_forged_verdict(tmp_path: Path) -> None:
    verdict = attack(tmp_path, 'print(\'{"passed": true, "kind": "passed"}\')\n' + WRONG)
    assert not verdict.passed


def test_writing_the_result_files(tmp_path: Path) -> None:
    forged = (
        "import json, os, pathlib\nimport numpy as np\n"
        "for i in range(9):\n    np.save(f'../result-{i}-0.npy', np.zeros((2, 2)))\n"
        "one = {'results': {'y': 'result-0-0.npy'}, 'odd': {}, 'changed': []}\n"
        "pathlib.Path('../result.json').write_text(json.dumps({'cases': [one] * 9, 'passed': True}))\n"
        "os._exit(0)"
    )
    assert not attack(tmp_path, forged).passed


def test_writing_a_result_that_is_a_link(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"cases": []}', encoding="utf-8")
    verdict = attack(tmp_path, f"import os\nos.symlink({str(secret)!r}, '../result.json')\nos._exit(0)")
    assert verdict.kind in ("died", "forbidden")


def test_patching_numpys_comparisons(tmp_path: Path) -> None:
    top = "import numpy\nnumpy.allclose = numpy.array_equal = numpy.isclose = lambda *a, **k: True"
    body = "import numpy.testing\nnumpy.testing.assert_allclose = lambda *a, **k: None\n" + WRONG
    assert not attack(tmp_path, body, top).passed


def test_an_array_that_equals_everything(tmp_path: Path) -> None:
    body = (
        "import numpy as np\nclass Yes(np.ndarray):\n    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return np.zeros(2)\nreturn np.zeros((len(x), 2)).view(Yes)"
    )
    refused(attack(tmp_path, body), "nothing", "Yes")


def test_an_object_that_pretends_to_be_an_array(tmp_path: Path) -> None:
    body = (
        "import numpy as np\nclass Yes:\n    shape, dtype, ndim = (2, 2), np.dtype('f8'), 2\n"
        "    def __array__(self, *a, **k): return np.zeros((2, 2))\n    def __eq__(self, other): return True\n"
        "    def __float__(self): return 1.0\nreturn Yes()"
    )
    refused(attack(tmp_path, body), "nothing", "Yes")


def test_a_pickle_in_place_of_numbers(tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    body = (
        f"import numpy as np, os\nclass Bomb:\n    def __reduce__(self): return (open, ({str(mark)!r}, 'w'))\n"
        "return np.array([Bomb()], dtype=object)"
    )
    refused(attack(tmp_path, body), "nothing", "object")
    assert not mark.exists()


def test_a_result_file_that_holds_a_pickle(tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    body = (
        f"import json, numpy as np, os, pathlib\nclass Bomb:\n    def __reduce__(self): return (open, ({str(mark)!r}, 'w'))\n"
        "np.save('../result-0-0.npy', np.array([Bomb()], dtype=object), allow_pickle=True)\n"
        "one = {'results': {'y': 'result-0-0.npy'}, 'odd': {}, 'changed': []}\n"
        "pathlib.Path('../result.json').write_text(json.dumps({'cases': [one] * 9}))\nos._exit(0)"
    )
    refused(attack(tmp_path, body), "died")
    assert not mark.exists()


def test_reading_the_courses_own_file(tmp_path: Path) -> None:
    secret = COURSE.exercise_by_id["linear-forward"].file
    refused(attack(tmp_path, f"print(open({str(secret)!r}).read())\n{WRONG}"), "forbidden", "read")


def test_reading_it_without_python(tmp_path: Path) -> None:
    """Landlock and the audit hook both stand in the way of os.open and of memory maps."""
    secret = COURSE.exercise_by_id["linear-forward"].file
    body = f"import os\nprint(os.read(os.open({str(secret)!r}, os.O_RDONLY), 99999))\n{WRONG}"
    refused(attack(tmp_path, body), "forbidden", "read")


def test_importing_the_finished_layer(tmp_path: Path) -> None:
    refused(attack(tmp_path, f"from groundup.nn.linear import Linear\n{WRONG}"), "forbidden", "by hand")
    hidden = "import importlib\nlayer = importlib.import_module('groundup.nn.linear.' + 'fast')\n"
    refused(attack(tmp_path, hidden + WRONG), "error", "ModuleNotFoundError")
    package = "import groundup.nn\nground = groundup.nn.Linear\n"
    assert not attack(tmp_path, package + WRONG).passed


def test_importing_a_framework(tmp_path: Path) -> None:
    refused(attack(tmp_path, RIGHT, top="import torch"), "forbidden", "by hand")
    refused(attack(tmp_path, f"__import__('torch')\n{RIGHT}"), "error", "ModuleNotFoundError")


def test_reading_the_parents_memory(tmp_path: Path) -> None:
    body = f"import os\nprint(open(f'/proc/{{os.getppid()}}/mem', 'rb').read(10))\n{WRONG}"
    refused(attack(tmp_path, body), "forbidden", "read")


def test_reading_the_request_tells_nothing(tmp_path: Path) -> None:
    body = f"import pathlib\nprint(pathlib.Path('../request.json').read_text())\n{WRONG}"
    verdict = attack(tmp_path, body)
    assert not verdict.passed
    assert "expected" not in verdict.output
    assert '"seed"' not in verdict.output


def test_patching_the_checkers_modules(tmp_path: Path) -> None:
    top = (
        "import sys\nfor name, module in list(sys.modules.items()):\n"
        "    if name.startswith('groundup.course'):\n"
        "        for key, value in list(vars(module).items()):\n"
        "            if callable(value) and key in ('observe', 'plain', 'check_case', 'close', 'explain'):\n"
        "                setattr(module, key, lambda *a, **k: __import__('numpy').zeros((2, 2)))"
    )
    assert not attack(tmp_path, WRONG, top).passed


def test_tracing_the_interpreter(tmp_path: Path) -> None:
    refused(attack(tmp_path, f"import sys\nsys.settrace(lambda *a: None)\n{RIGHT}"), "forbidden", "trace")


def test_searching_the_memory_of_the_child(tmp_path: Path) -> None:
    refused(attack(tmp_path, f"import gc\nprint(len(gc.get_objects()))\n{RIGHT}"), "forbidden", "memory")


def test_work_left_for_the_end_of_the_process(tmp_path: Path) -> None:
    top = (
        "import atexit, pathlib\n"
        "atexit.register(lambda: pathlib.Path('../result.json').write_text('{\"cases\": [], \"passed\": true}'))"
    )
    refused(attack(tmp_path, WRONG, top), "values")


def test_threads_left_running(tmp_path: Path) -> None:
    body = (
        "import threading, time\n"
        f"threading.Thread(target=lambda: [time.sleep(0.01) for _ in range(10**6)], daemon=False).start()\n{WRONG}"
    )
    before = threading.active_count()
    assert not attack(tmp_path, body).passed
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    "call", ["os.fork()", "os.forkpty()", "__import__('multiprocessing').Process(target=print).start()"]
)
def test_a_fork_bomb(tmp_path: Path, call: str) -> None:
    refused(attack(tmp_path, f"import os\nwhile True: {call}"), "forbidden", "another process")


@pytest.mark.parametrize(
    "call", ["os.system('true')", "__import__('subprocess').run(['true'])", "os.execv('/bin/true', ['x'])"]
)
def test_starting_programs(tmp_path: Path, call: str) -> None:
    refused(attack(tmp_path, f"import os\n{call}\n{RIGHT}"), "forbidden", "another program")


def test_signals_to_the_parent(tmp_path: Path) -> None:
    refused(attack(tmp_path, f"import os\nos.kill(os.getppid(), 9)\n{RIGHT}"), "forbidden", "signals")
    refused(attack(tmp_path, f"import os\nos.killpg(0, 9)\n{RIGHT}"), "forbidden", "signals")


def test_native_code_through_ctypes(tmp_path: Path) -> None:
    refused(attack(tmp_path, f"import ctypes\nctypes.CDLL(None).getppid()\n{RIGHT}"), "forbidden", "ctypes")


@pytest.mark.parametrize("body", ["x = [0] * 10**10\nreturn x", "return bytearray(10**11)"])
def test_a_memory_bomb(tmp_path: Path, body: str) -> None:
    refused(attack(tmp_path, body), "memory", "2 GB")


@pytest.mark.parametrize("body", ["while True: pass", "import time\ntime.sleep(10**6)", "return sum(iter(int, 1))"])
def test_an_endless_loop(tmp_path: Path, body: str) -> None:
    refused(attack(tmp_path, body), "timeout", "more than 5 seconds")


def test_an_endless_loop_that_ignores_signals(tmp_path: Path) -> None:
    body = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    refused(attack(tmp_path, body), "timeout", "more than 5 seconds")


def test_gigabytes_of_output(tmp_path: Path) -> None:
    refused(attack(tmp_path, "while True: print('x' * 100_000)"), "output", "megabyte")


def test_filling_the_disk(tmp_path: Path) -> None:
    body = (
        "i = 0\nwhile True:\n    i += 1\n    with open(f'{i}.bin', 'wb') as f:\n"
        "        for _ in range(63): f.write(b'x' * 2**20)"
    )
    refused(attack(tmp_path, body), "disk", "disk")


def test_one_endless_file(tmp_path: Path) -> None:
    verdict = attack(tmp_path, "with open('big', 'wb') as f:\n    while True: f.write(b'x' * 2**20)")
    assert verdict.kind in ("error", "disk", "died")


def test_links_out_of_the_folder(tmp_path: Path) -> None:
    secret = COURSE.exercise_by_id["linear-forward"].file
    body = f"import os\nos.symlink({str(secret)!r}, 'mine.py')\nprint(open('mine.py').read())\n{WRONG}"
    refused(attack(tmp_path, body), "forbidden")


def test_the_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        body = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\n{RIGHT}"
        refused(attack(tmp_path, body), "forbidden", "network")
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
    body = f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}')\n{RIGHT}"
    refused(attack(tmp_path, body), "forbidden", "network")


@pytest.mark.parametrize(
    "call", ["shutil.rmtree", "os.remove", "os.unlink", "lambda p: os.rename(p, p + '2')", "lambda p: os.chmod(p, 0)"]
)
def test_deleting_the_workspace(tmp_path: Path, call: str) -> None:
    kept = tmp_path / "work"
    kept.mkdir()
    (kept / "mine.py").write_text("# a week's work\n", encoding="utf-8")
    target = kept if "rmtree" in call else kept / "mine.py"
    refused(attack(tmp_path, f"import os, shutil\n({call})({str(target)!r})\n{RIGHT}"), "forbidden")
    assert (kept / "mine.py").read_text(encoding="utf-8") == "# a week's work\n"


def test_overwriting_the_learners_file(tmp_path: Path) -> None:
    kept = tmp_path / "mine.py"
    kept.write_text("# a week's work\n", encoding="utf-8")
    refused(attack(tmp_path, f"open({str(kept)!r}, 'w').write('')\n{RIGHT}"), "forbidden", "write")
    assert kept.read_text(encoding="utf-8") == "# a week's work\n"


def test_answers_kept_between_calls(tmp_path: Path) -> None:
    body = (
        f"if x.shape in SEEN: return SEEN[x.shape]\n{RIGHT.replace('return', 'SEEN[x.shape] =')}\nreturn SEEN[x.shape]"
    )
    assert not attack(tmp_path, body, top="SEEN = {}").passed


def test_knowing_the_checker_by_its_shapes(tmp_path: Path) -> None:
    body = (
        "import numpy as np\nknown = {(1, 3): np.array([[4.0, -2.0]]), (2, 3): np.ones((2, 2)), (4, 3): np.ones((4, 2))}\n"
        "self.keep(x)\nreturn known.get(x.shape, np.zeros((*x.shape[:-1], self.weight.shape[0])))"
    )
    assert not attack(tmp_path, body).passed


def test_knowing_the_checker_by_its_seed(tmp_path: Path) -> None:
    """Whoever guesses the generator's seed would know the inputs; they are at hand anyway, and the answers are not."""
    body = (
        "import numpy as np\nfor seed in range(50):\n"
        "    if np.allclose(np.random.default_rng(seed).standard_normal(x.shape), x): return np.ones((len(x), 2))\n"
        "self.keep(x)\nreturn np.zeros((*x.shape[:-1], self.weight.shape[0]))"
    )
    assert not attack(tmp_path, body).passed


DIFFERENCES = (
    "import numpy as np\nx, = (self.kept(),)\ndx = np.zeros_like(x)\n"
    "def loss(): return float((self.forward(x) * dy).sum())\n"
    "for p in (self.weight, self.bias):\n"
    "    if p is None: continue\n"
    "    for i in np.ndindex(p.value.shape):\n"
    "        old = p.value[i]\n        p.value[i] = old + 0.5\n        up = float((self.forward(x) * dy).sum())\n"
    "        p.value[i] = old - 0.5\n        p.grad[i] += up - float((self.forward(x) * dy).sum())\n        p.value[i] = old\n"
    "for i in np.ndindex(x.shape):\n"
    "    step = np.zeros_like(x)\n    step[i] = 0.5\n"
    "    dx[i] = ((self.forward(x + step) - self.forward(x - step)) * dy).sum()\n"
    "return dx"
)  # fmt: skip


def test_a_backward_by_differences_of_a_right_forward_is_allowed_and_named(tmp_path: Path) -> None:
    verdict = attack(tmp_path, DIFFERENCES, exercise="linear-backward")
    assert verdict.passed, verdict.to_json()
    assert "by differences of your own forward" in verdict.sentence


def test_a_backward_by_differences_of_a_wrong_forward_is_caught(tmp_path: Path) -> None:
    wrong = DIFFERENCES.replace("self.forward(", "2 * self.forward(")
    assert not attack(tmp_path, wrong, exercise="linear-backward").passed


def test_nothing_is_left_running(tmp_path: Path) -> None:
    mark = f"groundup-straggler-{os.getpid()}-{time.time_ns()}"
    attack(
        tmp_path,
        f"import threading, time\nthreading.Thread(target=time.sleep, args=(60,), name='{mark}').start()\n{WRONG}",
    )
    time.sleep(0.2)
    threads = [p.read_text() for p in Path("/proc").glob("[0-9]*/task/*/comm") if p.exists()]
    assert not [name for name in threads if mark[:15] in name]
