"""What a learner is handed: the file of each exercise as it begins, and where it lies in the workspace."""

from groundup.course.exercise import Exercise, ManifestError
from groundup.course.manifest import load_course
from groundup.course.starter import blank


def place_of(exercise: Exercise) -> str:
    """The path of an exercise's file in a workspace. Exercises that write one concept share its file."""
    if exercise.kind == "write":
        return f"{load_course().concepts[exercise.concept].path}.py"
    name = exercise.id.replace("-", "_")
    return f"{exercise.kind}/{name}.{'toml' if exercise.kind == 'predict' else 'py'}"


def starter_of(exercise: Exercise, seed: int = 0) -> str:
    """The file as it begins. ``seed`` draws the numbers of what is to be predicted."""
    from groundup.course.check import predict

    source = exercise.file.read_text(encoding="utf-8")
    match exercise.kind:
        case "predict":
            return predict.sheet(exercise, seed)
        case "repair":
            return sickened(exercise)
        case "write":
            return blank(source, load_course().concepts[exercise.concept].functions)
        case _:
            return blank(source, exercise.functions)


def sickened(exercise: Exercise) -> str:
    """The healthy file with its lines exchanged for those that make it ill."""
    source = exercise.file.read_text(encoding="utf-8")
    for swap in exercise.spec.sick:
        source = swapped(exercise, source, swap.old, swap.new)
    return source


def swapped(exercise: Exercise, source: str, old: str, new: str) -> str:
    """One exchange. Raises ManifestError where the lines are not there exactly once."""
    if source.count(old) != 1:
        raise ManifestError(
            f"{exercise.id}: expected {old!r} once in {exercise.file.name}, got {source.count(old)} times"
        )
    return source.replace(old, new)
