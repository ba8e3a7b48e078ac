"""Pictures of your own: a folder with a folder for each class, optionally under train/, val/ and test/.

    flowers/rose/1.jpg            flowers/train/rose/1.jpg
    flowers/tulip/2.png           flowers/test/rose/7.jpg

Every file is looked at before one is used: what cannot be read is listed, all of it, in one error. Pictures of other
sizes are resized to the commonest one; if one picture has colour, all are read in colour. Passed over are hidden files,
files beside the class folders, and folders inside them.
"""

import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from groundup.data.dataset import Dataset, Numbers
from groundup.data.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
Size = int | tuple[int, int]

SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}  # folder: split
GREY, COLOUR = {"1", "L", "LA"}, {"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV"}  # modes of 8 bits
ORIENTATION, TURNED = 0x0112, range(5, 9)  # the EXIF tag, and its values that swap height and width
LISTED = 10  # names of broken files in an error or a note
LIMIT = 1 << 31  # bytes of pixels


@dataclass(frozen=True)
class Picture:
    """One file: where it is, its split ("" where there are none) and its class."""

    path: Path
    split: str
    label: str


def load_folder(folder: Path, size: Size | None = None, *, skip_broken: bool = False) -> Dataset:
    """The pictures of a folder as a Dataset; the classes are the names of the folders, in alphabetical order.

    ``size`` is (height, width), or one number for both. Raises DataError for a folder without class folders, a class
    folder without pictures, a class that one split lacks, files that are no pictures (unless ``skip_broken``), and for
    more pixels than LIMIT; ValueError for a size below 1.
    """
    broken: dict[Path, str] = {}
    listed = _find(folder)
    headers = {one: header for one in listed if (header := _try(one.path, _header, broken))}
    if not headers:
        raise DataError(f"load: expected pictures, got {_list(broken, folder)}")
    height, width = _common([shape for shape, _ in headers.values()], size)
    grey = all(one_is_grey for _, one_is_grey in headers.values())
    if len(headers) * height * width * (1 if grey else 3) > LIMIT:
        raise DataError(
            f"load: expected at most {LIMIT >> 30} GiB of pixels, got {len(headers):,} pictures of {height} x {width}; "
            "pass a smaller size, such as size=64"
        )
    use = partial(_pixels, height=height, width=width, grey=grey)
    read = {one: pixels for one in headers if (pixels := _try(one.path, use, broken)) is not None}
    if broken and not skip_broken:
        raise DataError(f"load: expected pictures, got {_list(broken, folder)}; mend them or pass skip_broken=True")
    _expect_classes({one.label for one in listed}, list(read), folder)
    others = sum(headers[one][0] != (height, width) for one in read)
    resized = f"{others:,} of {len(read):,} pictures were resized to {height} x {width}, which may stretch them"
    notes = (*([resized] if others else []), *([f"skipped {_list(broken, folder)}"] if broken else []))
    return _dataset(folder, read, notes)


def _dataset(folder: Path, read: dict[Picture, Numbers], notes: tuple[str, ...]) -> Dataset:
    classes = sorted({one.label for one in read})
    of_split = np.array([one.split for one in read])
    return Dataset(
        name=folder.resolve().name, x=np.stack(list(read.values())), scale=255, classes=classes,
        y=np.array([classes.index(one.label) for one in read]), notes=notes,
        splits={name: np.flatnonzero(of_split == name) for name in np.unique(of_split).tolist() if name},
        source=f"own: {len(read):,} pictures of {len(classes)} classes in {folder}",
    )  # fmt: skip


def _find(folder: Path) -> list[Picture]:
    """Every file of every class folder, in order; split "" where there are none."""
    pictures = []
    for split, root in _roots(folder):
        labels = _folders(root)
        if not labels:
            raise DataError(
                f"load: expected a folder for each class in {root}, got no folder; put the pictures of each class into "
                "a folder of its name"
            )
        for label in labels:
            files = [path for path in sorted(label.iterdir()) if path.is_file() and not path.name.startswith(".")]
            if not files:
                raise DataError(f"load: expected pictures in {label}, got none; is {folder} the folder of the classes?")
            pictures += [Picture(path, split, label.name) for path in files]
    _expect_classes({one.label for one in pictures}, pictures, folder)
    return pictures


def _roots(folder: Path) -> list[tuple[str, Path]]:
    """The folders that hold class folders, by split. A class may be called train, like the vehicle."""
    top = _folders(folder)
    if not any(path.name.lower() in SPLITS and _folders(path) for path in top):
        return [("", folder)]
    strange = [path.name for path in top if path.name.lower() not in SPLITS]
    if strange:
        raise DataError(
            f"load: expected train, val and test alone in {folder}, got {', '.join(strange)} beside them; move it away"
        )
    return [(SPLITS[path.name.lower()], path) for path in top]


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _expect_classes(labels: set[str], pictures: list[Picture], folder: Path) -> None:
    """Each label must have a picture in each split."""
    for split in sorted({one.split for one in pictures}) or [""]:
        absent = sorted(labels - {one.label for one in pictures if one.split == split})
        if absent:
            raise DataError(
                f"load: expected pictures of every class in {split or 'the whole'} of {folder}, got none of "
                f"{', '.join(absent)}; is a folder missing, spelt differently, or broken throughout?"
            )


def _list(broken: dict[Path, str], folder: Path) -> str:
    """The unreadable files in words: how many, and the first names with the reasons."""
    shown = [f"{path.relative_to(folder)} ({why})" for path, why in sorted(broken.items())[:LISTED]]
    more = f" and {len(broken) - LISTED} more" if len(broken) > LISTED else ""
    return f"{len(broken)} unreadable file{'s' * (len(broken) > 1)} in {folder}: {', '.join(shown)}{more}"


def _try(path: Path, use: Callable[["Image"], T], broken: dict[Path, str]) -> T | None:
    """What ``use`` makes of the picture; None where it, or the picture, fails, and the reason in ``broken``."""
    from PIL import Image, UnidentifiedImageError

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)  # more pixels than a picture should have
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata: the pixels are read all the same
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return use(image)
    except UnidentifiedImageError:
        broken[path] = "no picture"
    except (OSError, ValueError, SyntaxError, *bombs) as error:
        broken[path] = str(error)
    return None


def _header(image: "Image") -> tuple[tuple[int, int], bool]:
    """Height and width as the picture is looked at, and whether it is grey."""
    if image.mode not in GREY | COLOUR:
        raise ValueError(f"its pixels ({image.mode}) are not 8 bits a channel")
    width, height = image.size
    turned = image.getexif().get(ORIENTATION) in TURNED
    return (width, height) if turned else (height, width), image.mode in GREY


def _pixels(image: "Image", height: int, width: int, grey: bool) -> Numbers:
    """Bytes (H, W), or (H, W, 3) for colour."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image).convert("L" if grey else "RGB")
    return np.asarray(upright.resize((width, height), Image.Resampling.BILINEAR))  # as it is where the sizes agree


def _common(sizes: list[tuple[int, int]], size: Size | None) -> tuple[int, int]:
    """Height and width to read all pictures in: those asked for, else the commonest, the larger of equally common."""
    if size is None:
        counts = Counter(sizes)
        return max(counts, key=lambda each: (counts[each], each))
    height, width = (size, size) if isinstance(size, int) else size
    if height < 1 or width < 1:
        raise ValueError(f"load: expected a size of at least 1 pixel, got {size}; pass (height, width)")
    return height, width
