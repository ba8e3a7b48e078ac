"""What a run ran on: enough to know why two machines differ in the last digit."""

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

PACKAGES = ("groundup", "numpy", "scipy", "scikit-learn", "torch")


def environment() -> dict[str, Any]:
    """Python, the packages that compute, the machine, and how many threads the BLAS may use."""
    threads = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    blas: Any = np.show_config(mode="dicts")  # typed as None unless printed
    blas = blas["Build Dependencies"]["blas"]
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "blas_threads": max(threads, default=1),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "command": ["groundup", *sys.argv[1:]],
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
