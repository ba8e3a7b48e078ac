"""explore: three real data sets of three kinds, looked at before anything is trained on them."""

from dataclasses import dataclass
from typing import Any

from rich.console import Console

from groundup.data import Corpus, Dataset, Series, Sourced, Texts, where
from groundup.data.catalogue import names
from groundup.labs.eda import Look, Place, look, read, size
from groundup.labs.eda.classes import UNEVEN
from groundup.labs.eda.section import NAMES, literal
from groundup.labs.lab import Lab, Outcome, Settings, percent
from groundup.labs.study import slug
from groundup.train import RunFolder

IN_PLACE = "stdlib"  # every machine has it
SHOWN = {
    "pictures": ("Classes", "Examples", "Duplicates and leakage", "Near-duplicates"),
    "columns": ("Classes", "Columns", "Columns that go together", "Duplicates and leakage", "Outliers"),
    "texts": ("Classes", "Lengths", "Words", "Duplicates and leakage", "Labels in doubt"),
    "one text": ("A stretch", "Characters", "Words", "Duplicates and leakage"),
    "a series": ("The series", "Changes from day to day", "Memory", "Gaps and outliers"),
}
UNITS = {"pictures": "pictures", "columns": "rows", "texts": "texts", "one text": "characters", "a series": "days"}


@dataclass(frozen=True)
class ExploreSettings(Settings):
    """Names of data sets, or files of one's own. ``texts`` gives way to Python's own sources where it has no source."""

    epochs: int = 1
    pictures: str = "mnist"
    texts: str = "afrisenti-yor"
    series: str = "stocks"


def chosen(settings: ExploreSettings) -> tuple[list[str], list[str]]:
    """The three names, and what was put in whose place."""
    found = where(settings.texts)[0] if settings.texts in names() else settings.texts
    texts = settings.texts if found else IN_PLACE
    said = f"{settings.texts} has no source on this machine: {IN_PLACE} is here in its place, one text without labels."
    return [settings.pictures, texts, settings.series], [] if found else [said]


def kind(data: Sourced) -> str:
    """What sort of data this is, a key of SHOWN."""
    if isinstance(data, Dataset):
        return "pictures" if data.scale else "columns"
    return {Texts: "texts", Corpus: "one text", Series: "a series"}[type(data)]


def run(folder: RunFolder, settings: ExploreSettings, console: Console) -> Outcome:
    """A look at each. It takes seconds, so a run that goes on begins anew, and comes to the same."""
    folder.load_resume()
    asked, notes = chosen(settings)
    looks = []
    for name in asked:
        console.print(f"looking at {name}", markup=False)
        each = read(name)
        looks.append(look(each, Place(folder.path / "figures", f"{slug(each.name)}-"), SHOWN[kind(each)]))
    data = [each.data for each in looks]
    sizes: dict[str, int] = {}
    for one in data:
        sizes[UNITS[kind(one)]] = sizes.get(UNITS[kind(one)], 0) + size(one)
    outcome = Outcome(
        ", ".join(one.name for one in data), "; ".join(f"{one.name}, {one.source}" for one in data),
        any(one.stand_in for one in data), sizes,
        notes=[*notes, *(f"{one.name}: {note}" for one in data for note in one.notes)],
    )  # fmt: skip
    outcome.facts = {each.data.name: each.facts() for each in looks}
    outcome.measures = {f"{each.data.name}, {what}": value for each in looks for what, value in measured(each).items()}
    outcome.happened = [part for each in looks for part in _section(each)]
    outcome.further = [
        "`groundup data eda FOLDER` makes such a page of your own pictures or table: what is there twice, and in "
        "which part?",
        "Look at the pairs and the outliers one by one: which of them would you take out, and by which rule?",
        "Other data: `--set pictures=fashion-mnist`, `--set texts=sst2`, or a folder of your own.",
    ]
    return outcome


def measured(found: Look) -> dict[str, float]:
    """The few numbers of a data set that one would look up again."""
    sort, memory = kind(found.data), _facts(found, "Memory")
    if sort == "a series":  # a short one has no memory to speak of
        names = {"outside": "lags of changes outside chance", "sizes_outside": "lags of their sizes outside chance"}
        return {name: memory[key] for key, name in names.items() if memory}
    if sort == "one text":
        return {"bits a character": found["Characters"].facts["bits"]}
    twice, share = found["Duplicates and leakage"].facts, found["Classes"].facts["majority_share"]
    repeats = twice["duplicates"] / twice["rows"]
    return {"share of the largest class": share, "share of rows that repeat another": repeats}


def _section(found: Look) -> list[str]:
    data, sort = found.data, kind(found.data)
    head = [f"### {literal(data.name)}, {sort}"]
    if found.card:
        head.append(f"{found.card.what[0].upper()}{found.card.what[1:]}.")
    follows = "\n".join(f"- {line}" for line in advice(found))
    return [
        *head,
        *(section.markdown(4) for section in found.sections),
        f"#### What follows for a model of {literal(data.name)}",
        follows,
    ]


def advice(found: Look) -> list[str]:
    """What the findings mean for splitting, training and judging a model."""
    sort = kind(found.data)
    if sort == "a series":
        return _of_series(found)
    if sort == "one text":
        return _of_corpus(found)
    said = [_metric(found), _split(found)]
    if sort == "texts":
        said += _of_texts(found)
    alike = _facts(found, "Examples").get("most_alike")
    if alike:
        first, second = map(literal, alike)
        said.append(
            f"{first} and {second} are most alike on average: look at their mistakes in the confusion matrix first."
        )
    return said


def _metric(found: Look) -> str:
    facts = found["Classes"].facts
    counts, share = list(facts["counts"].values()), facts["majority_share"]
    if min(counts) * UNEVEN < max(counts):
        return (
            f"Classes are uneven: judge by balanced accuracy or macro-F1, which are the same for every class, and hold "
            f"accuracy against {percent(share)}, which a model has that always says the same."
        )
    return f"Classes are near even: accuracy will do; a model that always says the same has {percent(share)}."


def _split(found: Look) -> str:
    leaked = {name: n for name, n in found["Duplicates and leakage"].facts["leaked"].items() if n}
    if leaked:
        each = [
            f"{n:,} {NAMES[name.split(' in ')[0]]} rows that stand in {NAMES[name.split(' in ')[1]]}"
            for name, n in leaked.items()
        ]
        return f"Keep the official split, but report the test without its known rows as well: {', '.join(each)}."
    if found.data.splits:
        return (
            "Keep the official split: no row of it stands on two sides. Choose on validation rows, look at "
            "the test once."
        )
    twice = found["Duplicates and leakage"].facts["duplicates"] + _facts(found, "Near-duplicates").get("pairs", 0)
    apart = f" Of {twice:,} repeats and near-repeats keep both rows in one part." if twice else ""
    return (
        "There is no official split: split stratified by class (`groundup.data.split` does), and keep the "
        f"test apart.{apart}"
    )


def _of_texts(found: Look) -> list[str]:
    lengths, words, doubt = (_facts(found, title) for title in ("Lengths", "Words", "Labels in doubt"))
    said = [
        f"Cut texts at {lengths['p95']:,} words: 95 % are no longer, and batches of like lengths need little padding."
    ]
    if words.get("unknown"):
        worst = max(words["unknown"].values())
        said.append(
            f"Up to {percent(worst)} of the words of a later part are unknown after training: give them one sign, "
            "or split words into pieces."
        )
    if doubt.get("at_least_wrong"):
        said.append(
            f"At least {doubt['at_least_wrong']:,} labels cannot be right: no model that sees the text alone will "
            "have 100 %."
        )
    return said


def _facts(found: Look, title: str) -> dict[str, Any]:
    return next((section.facts for section in found.sections if section.title == title), {})


def _of_corpus(found: Look) -> list[str]:
    facts = found["Characters"].facts
    return [
        "Cut it at one place, the earlier part to train: shuffled lines would put neighbours on both sides.",
        f"Judge by bits a character: frequencies alone reach {facts['bits']:.2f}, with the character before "
        f"{facts['bits_given_one']:.2f}.",
    ]


def _of_series(found: Look) -> list[str]:
    changes, memory, gaps = (
        _facts(found, title) for title in ("Changes from day to day", "Memory", "Gaps and outliers")
    )
    said = [
        "Split by time, the last part for the test: a random split would let a model look up the days around the "
        "one it forecasts."
    ]
    if memory:
        level = min(memory["level_lag_1"])
        said.append(
            f"Hold every forecast against today's value (correlation {level:.3f} or more with tomorrow's), and "
            "learn changes, not values."
        )
        if memory["sizes_outside"] > memory["outside"]:
            said.append(
                "The size of a change is easier to forecast than its direction: more of its lags are outside the "
                "band of chance."
            )
    heaviest = max((fact["excess_kurtosis"] for fact in changes.values()), default=0.0)
    if heaviest > 1:
        said.append(
            f"The changes have heavy tails (excess kurtosis up to {heaviest:.1f}): a squared loss would be ruled "
            "by a few days; use the absolute error or Huber's."
        )
    if gaps.get("far"):
        said.append(f"{gaps['far']:,} far days: clip or keep them by a rule fixed before the test is looked at.")
    return said


LAB = Lab(
    name="explore",
    title="Three data sets, looked at before training",
    covers=("04.08",),
    about="What do pictures, texts and a time series hold, what is in them twice, what is odd, and what follows "
    "for a model?",
    expects="Even classes and few repeats in the pictures; uneven classes, repeats and doubtful labels in the tweets; "
    "a series that remembers the size of its changes and hardly their sign.",
    settings=ExploreSettings,
    run=run,
)
