"""Finding what a learner names: a concept, or an exercise; else the nearest name that there is."""

from groundup.core.suggest import nearest
from groundup.course.exercise import Exercise
from groundup.course.manifest import Concept, load_course
from groundup.course.workspace import Workspace


def find_concept(who: str, name: str) -> Concept:
    """The concept of that name, path or exercise. Raises LookupError with the nearest name."""
    concept = load_course().concept(name)
    if concept is None:
        raise LookupError(f"{who}: {nearest('concept or exercise', name, load_course().names())}")
    return concept


def find_exercises(who: str, name: str | None, workspace: Workspace) -> list[Exercise]:
    """The exercise of that name, or all that write a concept; the next one where no name is given."""
    if name is None:
        following = workspace.next_exercise()
        if following is None:
            raise LookupError(f"{who}: every exercise is passed, placed or skipped; name one to see it again")
        return [following]
    found = load_course().exercise(name)
    return [found] if found else [e for e in find_concept(who, name).exercises if e.kind == "write"]


def find_exercise(who: str, name: str | None, workspace: Workspace) -> Exercise:
    """One exercise; of a concept, the first that is not passed."""
    several = find_exercises(who, name, workspace)
    return next((e for e in several if not workspace.progress.passed(e.id)), several[0])
