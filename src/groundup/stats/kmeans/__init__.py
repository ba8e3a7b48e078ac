"""K-means. The estimator is imported when it is asked for: scikit-learn takes its time."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundup.stats.kmeans.estimator import KMeans

__all__ = ["KMeans"]


def __getattr__(name: str) -> Any:
    if name == "KMeans":
        from groundup.stats.kmeans.estimator import KMeans

        return KMeans
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
