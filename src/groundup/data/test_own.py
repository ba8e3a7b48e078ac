"""A folder of pictures of one's own: what it becomes, and each way in which it can be wrong."""

import re

import numpy as np
import pytest
from PIL import Image

from groundup.data import DataError, load, split
from groundup.data import own as module

RNG = np.random.default_rng(0)


def save(path, height=4, width=6, mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (height, width) if mode == "L" else (height, width, len(mode))
    pixels = RNG.integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return pixels


@pytest.fixture
def pets(tmp_path):
    for label in ("cat", "dog"):
        for i in range(3):
            save(tmp_path / "pets" / label / f"{i}.png")
    return tmp_path / "pets"


def test_the_folders_are_the_classes(tmp_path):
    pixels = {(c, i): save(tmp_path / "pets" / c / f"{i}.png") for c in ("dog", "cat") for i in range(2)}
    (tmp_path / "pets" / "cat" / ".hidden").write_text("passed over")
    data = load(tmp_path / "pets")
    assert (data.name, data.classes, data.y.tolist()) == ("pets", ["cat", "dog"], [0, 0, 1, 1])
    np.testing.assert_array_equal(data.x, [pixels["cat", 0], pixels["cat", 1], pixels["dog", 0], pixels["dog", 1]])
    assert data.images().shape == (4, 3, 4, 6)
    assert data.source == f"own: 4 pictures of 2 classes in {tmp_path / 'pets'}"
    assert (data.splits, data.notes, data.stand_in) == ({}, (), False)
    assert len(split(load(str(tmp_path / "pets")), {"train": 0.5, "test": 0.5}, rng=0)["train"]) == 2


@pytest.mark.parametrize("val", ["val", "valid", "Validation"])
def test_folders_of_splits_are_the_splits(tmp_path, val):
    for part in ("train", val, "test"):
        for label in ("cat", "dog"):
            save(tmp_path / "pets" / part / label / "1.png")
    data = load(tmp_path / "pets")
    assert set(data.splits) == {"train", "val", "test"}
    assert sorted(np.concatenate(list(data.splits.values()))) == list(range(6))
    for rows in data.splits.values():
        assert data.y[rows].tolist() == [0, 1]


def test_a_class_may_be_called_train(tmp_path):
    save(tmp_path / "train" / "1.png")
    save(tmp_path / "plane" / "1.png")
    assert load(tmp_path).classes == ["plane", "train"]


def test_all_grey_stays_grey_and_one_colour_makes_all_colour(tmp_path):
    pixels = save(tmp_path / "a" / "1.png", mode="L")
    save(tmp_path / "b" / "1.png", mode="L")
    assert load(tmp_path).x.shape == (2, 4, 6)
    save(tmp_path / "b" / "2.png")
    data = load(tmp_path)
    assert data.x.shape == (3, 4, 6, 3)
    np.testing.assert_array_equal(data.x[0], np.repeat(pixels[:, :, None], 3, axis=2))


def test_other_sizes_become_the_commonest_and_that_is_noted(pets):
    save(pets / "cat" / "3.png", height=9, width=3)
    data = load(pets)
    assert data.x.shape == (7, 4, 6, 3)
    assert data.notes == ("1 of 7 pictures were resized to 4 x 6, which may stretch them",)
    theirs = Image.open(pets / "cat" / "3.png").resize((6, 4), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(data.x[3], np.asarray(theirs))


@pytest.mark.parametrize(("size", "shape"), [(5, (5, 5)), ((2, 3), (2, 3))])
def test_a_size_can_be_asked_for(pets, size, shape):
    data = load(pets, size=size)
    assert data.x.shape == (6, *shape, 3)
    assert data.notes[0].startswith(f"6 of 6 pictures were resized to {shape[0]} x {shape[1]}")


def test_a_photograph_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    for label in "ab":
        save(tmp_path / label / "1.png", height=4, width=6, exif=exif)
    data = load(tmp_path)
    assert data.x.shape == (2, 6, 4, 3)
    lying = np.asarray(Image.open(tmp_path / "a" / "1.png"))
    np.testing.assert_array_equal(data.x[0], np.rot90(lying, -1))


def spoil(pets, many=0):
    whole = (pets / "cat" / "0.png").read_bytes()
    (pets / "cat" / "0.png").write_bytes(whole[: len(whole) // 2])
    (pets / "dog" / "list.txt").write_text("no picture")
    (pets / "dog" / "empty.png").write_bytes(b"")
    for i in range(many):
        (pets / "dog" / f"z{i:02}.png").write_bytes(b"?")


def test_unreadable_pictures_are_all_named(pets):
    spoil(pets)
    with pytest.raises(DataError, match=r"expected pictures, got 3 unreadable files in .*pets: ") as error:
        load(pets)
    message = str(error.value)
    assert re.search(
        r"cat/0\.png \(.*truncated.*\), dog/empty\.png \(no picture\), dog/list\.txt \(no picture\)", message
    )
    assert message.endswith("; mend them or pass skip_broken=True")


def test_of_many_unreadable_pictures_ten_are_named_and_all_counted(pets):
    spoil(pets, many=9)
    with pytest.raises(DataError, match=r"got 12 unreadable files .* and 2 more; mend") as error:
        load(pets)
    assert str(error.value).count("(no picture)") == 9


def test_unreadable_pictures_are_skipped_on_request_and_noted(pets):
    spoil(pets)
    data = load(pets, skip_broken=True)
    assert len(data) == 5
    assert data.y.tolist() == [0, 0, 1, 1, 1]
    (note,) = data.notes
    assert note.startswith(f"skipped 3 unreadable files in {pets}: cat/0.png (")


def test_a_class_that_is_broken_throughout_is_not_skipped(pets):
    for path in (pets / "cat").iterdir():
        path.write_bytes(b"?")
    with pytest.raises(DataError, match="got none of cat; is a folder missing, spelt differently, or broken"):
        load(pets, skip_broken=True)
    for path in (pets / "dog").iterdir():
        path.write_bytes(b"?")
    with pytest.raises(DataError, match="expected pictures, got 6 unreadable files"):
        load(pets, skip_broken=True)


def test_sixteen_bits_a_channel_are_refused_rather_than_cut(pets):
    Image.fromarray(np.full((4, 6), 40_000, np.uint16)).save(pets / "cat" / "9.png")
    with pytest.raises(DataError, match=r"cat/9.png \(its pixels \(I;16\) are not 8 bits a channel\)"):
        load(pets)


def test_a_picture_of_too_many_pixels_is_unreadable(pets, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    save(pets / "cat" / "9.png", height=10, width=10)
    with pytest.raises(DataError, match=r"got 7 unreadable files .*decompression bomb"):
        load(pets)


def test_more_pixels_than_memory_should_hold_are_refused(pets, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 6 * 4 * 6 * 3 - 1)
    with pytest.raises(DataError, match="got 6 pictures of 4 x 6; pass a smaller size"):
        load(pets)
    assert load(pets, size=3).x.shape == (6, 3, 3, 3)


@pytest.mark.parametrize("size", [0, (4, -1)])
def test_a_size_below_one_is_refused(pets, size):
    with pytest.raises(ValueError, match="a size of at least 1 pixel"):
        load(pets, size=size)


def test_a_folder_without_class_folders_is_refused(tmp_path):
    save(tmp_path / "1.png")
    with pytest.raises(DataError, match=r"expected a folder for each class in .*, got no folder"):
        load(tmp_path)


def test_a_class_folder_without_pictures_is_refused(pets):
    (pets / "cow").mkdir()
    with pytest.raises(DataError, match=r"expected pictures in .*cow, got none; is .*pets the folder of the classes"):
        load(pets)


def test_a_class_absent_from_a_split_is_named(tmp_path):
    for part, label in (("train", "cat"), ("train", "dog"), ("train", "cow"), ("test", "dog")):
        save(tmp_path / part / label / "1.png")
    with pytest.raises(DataError, match=r"pictures of every class in test of .*, got none of cat, cow"):
        load(tmp_path)


def test_a_folder_beside_the_splits_is_named(tmp_path):
    for name in ("train/cat", "test/cat", "more/cat"):
        save(tmp_path / name / "1.png")
    with pytest.raises(DataError, match=r"expected train, val and test alone in .*, got more beside them"):
        load(tmp_path)


@pytest.mark.parametrize(("name", "near"), [("pest", "did you mean 'pets'"), ("zzzzz", "there are pets in")])
def test_a_path_with_nothing_there_names_the_nearest(pets, name, near):
    with pytest.raises(DataError, match=f"got '.*{name}', where nothing is; {near}"):
        load(str(pets.parent / name))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size": 4}, "no size for mnist"),
        ({"label": "y"}, "no label for"),
        ({"skip_broken": True}, "no skip_broken for"),
    ],
)
def test_options_of_ones_own_data_do_not_go_with_a_name(options, says):
    with pytest.raises(ValueError, match=f"load: expected {says}"):
        load("mnist", **options)


def test_a_label_column_does_not_go_with_pictures(pets):
    with pytest.raises(ValueError, match="expected no label for"):
        load(pets, label="y")


def test_a_name_of_the_catalogue_wins_over_a_folder_of_that_name(tmp_path, monkeypatch):
    save(tmp_path / "digits" / "cat" / "1.png")
    monkeypatch.chdir(tmp_path)
    assert len(load("digits")) == 1797
    assert len(load("./digits")) == 1
