"""Where the course keeps what it can make again."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """GROUNDUP_CACHE, or where the system keeps caches."""
    import platformdirs

    return Path(os.environ.get("GROUNDUP_CACHE") or platformdirs.user_cache_dir("groundup"))
