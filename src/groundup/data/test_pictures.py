"""Colour: the archive of CIFAR-10, JPEGs in an .npz, a zip of folders, and the arrays kept of them; whole and damaged."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from groundup.data import pictures
from groundup.data.catalogue import Facts
from groundup.data.errors import DataError
from groundup.data.loading import load
from groundup.data.pictures import folders, jpegs, records

RNG = np.random.default_rng(0)
FACTS = Facts("images", ("cat", "dog"), (4, 6, 3), "uint8", 255)
X = RNG.integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
Y = np.array([0, 1, 1, 0, 1], np.uint8)
SPLITS = {"train": ["b/one.bin", "b/two.bin"], "test": ["b/three.bin"]}


def archive(path, bodies):
    with tarfile.open(path, "w:gz") as tar:
        for name, body in bodies.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return {path.name: path}


def record(label, picture):
    """A byte of label, then the red plane row by row, the green, the blue."""
    return bytes([label]) + b"".join(picture[:, :, colour].tobytes() for colour in range(3))


def bodies(first=0):
    return {name: record(Y[i], X[i]) for i, name in enumerate(["b/one.bin", "b/two.bin", "b/three.bin"], first)}


def test_records_have_the_label_first_and_one_plane_a_colour(tmp_path):
    parts = records(archive(tmp_path / "c.tar.gz", bodies()), FACTS, splits=SPLITS)
    np.testing.assert_array_equal(parts["train"][0], X[:2])
    np.testing.assert_array_equal(parts["train"][1], Y[:2])
    np.testing.assert_array_equal(parts["test"][0], X[2:3])
    np.testing.assert_array_equal(parts["test"][1], Y[2:3])


@pytest.mark.parametrize("spoil", ["cut", "absent", "short", "uneven", "other"])
def test_a_damaged_archive_is_refused(tmp_path, spoil):
    path, whole = tmp_path / "c.tar.gz", bodies()
    if spoil == "absent":
        del whole["b/two.bin"]
    if spoil == "short":
        whole = {name: body[:-1] for name, body in whole.items()}
    if spoil == "uneven":
        whole["b/two.bin"] *= 2
    paths = archive(path, whole)
    if spoil == "cut":
        path.write_bytes(path.read_bytes()[:60])
    if spoil == "other":
        path.write_bytes(b"\x80\x04pickle")
    with pytest.raises(DataError, match=r"an archive with b/one.bin, .* got something else in .*c\.tar\.gz"):
        records(paths, FACTS, splits=SPLITS)


def jpeg(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def save_jpegs(path, **changes):
    files = [jpeg(each) for each in X]
    arrays = {
        "jpeg": np.frombuffer(b"".join(files), np.uint8), "offsets": np.cumsum([0, *map(len, files)]),
        "labels": Y, "classes": np.array(["cat", "dog"]),
    }  # fmt: skip
    arrays = {name: value for name, value in (arrays | changes).items() if value is not None}
    np.savez(path, **arrays)
    return {path.name: path}


def test_jpegs_are_what_pillow_decodes(tmp_path):
    x, y = jpegs(save_jpegs(tmp_path / "j.npz"), FACTS, splits={"train": "j.npz"})["train"]
    theirs = [np.asarray(Image.open(io.BytesIO(jpeg(each)))) for each in X]
    np.testing.assert_array_equal(x, theirs)
    np.testing.assert_array_equal(y, Y)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labels": Y[:4]}, "offsets that do not fit"),
        ({"offsets": np.array([0, 1, 2, 3, 4, 5])}, "offsets that do not fit"),
        ({"offsets": None}, "offsets is not a file in the archive"),
        ({"jpeg": np.array([None])}, "Object arrays cannot be loaded"),
        ({"classes": np.array(["dog", "cat"])}, "expected the classes cat, dog, got dog, cat in"),
        ({"jpeg": np.zeros(5, np.uint8), "offsets": np.arange(6)}, "cannot identify image"),
    ],
)
def test_damaged_jpegs_are_refused(tmp_path, changes, says):
    with pytest.raises(DataError, match=says) as error:
        jpegs(save_jpegs(tmp_path / "j.npz", **changes), FACTS, splits={"train": "j.npz"})
    assert "j.npz" in str(error.value)


def save_zip(path, names, body=None):
    with zipfile.ZipFile(path, "w") as target:
        for i, name in enumerate(names):
            target.writestr(name, jpeg(X[i]) if body is None else body)
    return {path.name: path}


def test_a_zip_of_folders_has_its_labels_in_the_folder_names(tmp_path):
    paths = save_zip(tmp_path / "z.zip", ["2750/dog/9.jpg", "2750/cat/1.jpg", "2750/dog/3.jpg"])
    x, y = folders(paths, FACTS, names=["cat", "dog"])["all"]
    np.testing.assert_array_equal(y, [0, 1, 1])
    np.testing.assert_array_equal(x, [np.asarray(Image.open(io.BytesIO(jpeg(X[i])))) for i in (1, 2, 0)])


@pytest.mark.parametrize("spoil", ["cut", "strange", "empty", "no picture"])
def test_a_damaged_zip_is_refused(tmp_path, spoil):
    names = {"strange": ["2750/cow/1.jpg"], "empty": []}.get(spoil, ["2750/cat/1.jpg"])
    paths = save_zip(tmp_path / "z.zip", names, b"?" if spoil == "no picture" else None)
    if spoil == "cut":
        (tmp_path / "z.zip").write_bytes((tmp_path / "z.zip").read_bytes()[:50])
    with pytest.raises(DataError, match=r"a zip of pictures in the folders cat, dog, got something else in .*z\.zip"):
        folders(paths, FACTS, names=["cat", "dog"])


def count(monkeypatch):
    told = []
    monkeypatch.setattr(pictures, "decode", lambda body, mode: told.append(mode) or np.zeros((4, 6, 3), np.uint8))
    return told


def test_decoded_pictures_are_kept_until_their_file_changes(tmp_path, monkeypatch, own_cache):
    told, paths, splits = count(monkeypatch), save_jpegs(tmp_path / "j.npz"), {"train": "j.npz"}
    first = jpegs(paths, FACTS, splits=splits)["train"][0]
    second = jpegs(paths, FACTS, splits=splits)["train"][0]
    np.testing.assert_array_equal(first, second)
    assert len(told) == 5
    (kept,) = (own_cache / "decoded").iterdir()  # nothing half-made beside it
    assert kept.suffix == ".npy"
    save_jpegs(tmp_path / "j.npz", jpeg=np.zeros(5, np.uint8), offsets=np.arange(6))
    jpegs(paths, FACTS, splits=splits)
    assert len(told) == 10


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", None])
def test_a_damaged_kept_array_is_decoded_anew(tmp_path, monkeypatch, own_cache, rubbish):
    told, paths, splits = count(monkeypatch), save_jpegs(tmp_path / "j.npz"), {"train": "j.npz"}
    jpegs(paths, FACTS, splits=splits)
    (kept,) = (own_cache / "decoded").iterdir()
    kept.write_bytes(kept.read_bytes()[:-9] if rubbish is None else rubbish)
    assert jpegs(paths, FACTS, splits=splits)["train"][0].shape == X.shape
    assert len(told) == 10
    assert np.load(kept).shape == X.shape  # mended


def test_a_cache_that_cannot_be_written_costs_time_not_data(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path / "file"))
    assert jpegs(save_jpegs(tmp_path / "j.npz"), FACTS, splits={"train": "j.npz"})["train"][0].shape == X.shape


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch, own_cache):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("groundup.data.decoded.np.save", interrupted)
    paths = save_jpegs(tmp_path / "j.npz")
    with pytest.raises(KeyboardInterrupt):
        jpegs(paths, FACTS, splits={"train": "j.npz"})
    assert list((own_cache / "decoded").iterdir()) == []


def test_cifar10_of_a_mirror_has_its_splits_and_says_that_it_is_jpeg(tmp_path, monkeypatch):
    classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    pixels = RNG.integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
    files = [jpeg(each) for each in pixels]
    arrays = {
        "jpeg": np.frombuffer(b"".join(files), np.uint8), "offsets": np.cumsum([0, *map(len, files)]),
        "labels": np.arange(10, dtype=np.uint8), "classes": np.array(classes),
    }  # fmt: skip
    for name in ("cifar10-train-20k.npz", "cifar10-test-5k.npz"):
        np.savez(tmp_path / name, **arrays)
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    data = load("cifar10")
    assert data.images().shape == (20, 3, 32, 32)
    np.testing.assert_array_equal(data.splits["test"], np.arange(10, 20))
    assert data.classes == classes
    assert "JPEG: not pixel-equal to the official archive" in data.source


def test_cifar10_reads_the_official_archive_from_a_mirror(tmp_path, monkeypatch):
    pixels = RNG.integers(0, 256, (6, 2, 32, 32, 3), dtype=np.uint8)
    members = [f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)] + [
        "cifar-10-batches-bin/test_batch.bin"
    ]
    whole = {n: record(2, pair[0]) + record(9, pair[1]) for n, pair in zip(members, pixels, strict=True)}
    archive(tmp_path / "cifar-10-binary.tar.gz", whole)
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    data = load("cifar10")
    np.testing.assert_array_equal(data.x, pixels.reshape(12, 32, 32, 3))
    np.testing.assert_array_equal(data.y, [2, 9] * 6)
    np.testing.assert_array_equal(data.splits["test"], [10, 11])
    assert data.source == "mirror: the official 50,000 training and 10,000 test images"


def test_pneumonia_of_a_mirror_has_three_splits(tmp_path, monkeypatch):
    arrays = {}
    for value, split in enumerate(("train", "val", "test")):
        arrays[f"{split}_images"] = np.full((4, 28, 28), value, np.uint8)
        arrays[f"{split}_labels"] = np.array([[0], [1], [1], [0]], np.uint8)  # as it is published: (N, 1)
    np.savez(tmp_path / "pneumoniamnist.npz", **arrays)
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    data = load("pneumonia")
    for value, split in enumerate(("train", "val", "test")):
        assert (data.x[data.splits[split]] == value).all()
        np.testing.assert_array_equal(data.y[data.splits[split]], [0, 1, 1, 0])
