"""What a run came to, in a few words: out of result.json, whichever kind of run wrote it."""

from collections.abc import Mapping
from typing import Any


def short(result: Mapping[str, Any]) -> str:
    """For a table: "93.4 %", or the first figure that was measured and its name; "" where there is neither."""
    if "agree" in result:
        return "NumPy and PyTorch agree" if result["agree"] else "NumPy and PyTorch do not agree"
    accuracy = result.get("test_accuracy")
    if accuracy is not None:
        return f"{100 * accuracy:.1f}\u00a0%"
    first = next(iter(result.get("measures", {}).items()), None)
    return f"{first[1]:.3g}, {first[0]}" if first else ""


def sentence(result: Mapping[str, Any]) -> str:
    """The terminal's result in one line: how good, on which data, how long."""
    begin = f"Done in {result['seconds']:.1f} s" if "seconds" in result else "Done"
    begin += ", a quick run: a look, no result" if result.get("quick") else ""
    said = [part for part in (_good(result), _data(result)) if part]
    return f"{begin}{'; ' if result.get('quick') else ': '}{'; '.join(said)}." if said else f"{begin}."


def _good(result: Mapping[str, Any]) -> str:
    accuracy, found = result.get("test_accuracy"), short(result)
    if accuracy is None:
        return found
    seeds = len(result.get("seeds", []))
    return f"{found} of the test rows right" + (f", the mean of {seeds} seeds" if seeds > 1 else "")


def _data(result: Mapping[str, Any]) -> str:
    if "source" not in result:
        return ""
    mark = "; a stand-in" if result.get("stand_in") and "stand-in" not in result["source"] else ""
    return f"{result['dataset']}: {result['source']}{mark}"
