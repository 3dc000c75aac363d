"""The same picture gives the same tensor through a store and from a weights file's description."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import cbook
from PIL import Image
from torch import nn

from fer_core.data.card import Box
from fer_core.data.dataset import Dataset
from fer_core.data.image import Frame, Row, pack_row, to_square
from fer_core.data.prepare.add import add_dataset
from fer_core.data.reading import Reading, open_image
from fer_core.data.store import Store
from fer_core.errors import FerError
from fer_core.faces.cutter import FaceCutter
from fer_core.models import FromPicture, Input, save_weights
from fer_core.models.input import DONE, Picture
from fer_core.models.saved import describe
from fer_core.study import ModelSpec
from fer_core.training.images import Preprocess, batches
from fer_core.training.rows import about_pictures
from tests.data.made import faces, write_folder

CPU = torch.device("cpu")
COLOURS = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
GREY = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
PLAIN = {
    "how": "as distributed", "crop": None, "faces": None, "sources": {}, "side": 48, "channels": 1,
    **DONE,
}  # fmt: skip
MODES = ("L", "RGB", "1", "LA", "RGBA", "P", "I;16", "CMYK")


def described(size: int = 48, norm: dict[str, Any] = GREY, **changes: Any) -> Input:
    """The input of a net of grey faces of 48 px, with changes to how its pictures were made."""
    return Input(size=size, **norm, picture=Picture.model_validate(PLAIN | changes))


def through_the_file(takes: Input, path: Path, **changes: Any) -> Input:
    """The input as a file of weights says it, some values of its picture changed by hand."""
    said = takes.model_dump(mode="json")
    said["picture"] |= changes
    spec = ModelSpec(backbone="resnet18").model_dump(mode="json")
    save_weights(nn.Linear(1, 1), path, {"spec": spec, "input": said})
    return describe(path)[1]


def through_the_store(store: Store, rows: np.ndarray, takes: Input) -> torch.Tensor:
    """What training validates and prediction sees of some rows."""
    prepare = Preprocess(takes.size, takes.mean, takes.std, CPU)
    return torch.cat([prepare(images) for images in batches(store, rows, 2, CPU)])


def takes_of(dataset: Dataset, size: int, norm: dict[str, Any]) -> Input:
    return Input(size=size, **norm, picture=about_pictures(dataset))


def require_same(dataset: Dataset, source: Path, takes: Input, path: Path) -> FromPicture:
    """Compare every picture of a data set; return what makes tensors from the file alone."""
    prepare = FromPicture(through_the_file(takes, path))
    rows = np.flatnonzero(dataset.index["excluded"] == "")
    assert len(rows) > 1
    expected = through_the_store(dataset.store, rows, takes)
    for row, tensor in zip(rows, expected, strict=True):
        content = (source / dataset.index["path"].iloc[row]).read_bytes()
        assert torch.equal(prepare(open_image(content))[0], tensor)
    return prepare


def test_grey_faces_of_48_px_are_the_same_from_the_file_alone(tmp_path, data_home):
    source = write_folder(tmp_path / "own", faces(4))
    mine = add_dataset("folder", source, as_name="mine", size=48, progress=False)
    takes = takes_of(mine, 64, GREY)
    picture = takes.picture
    assert (picture.how, picture.channels, picture.side) == ("as distributed", 1, 48)
    assert picture.of_faces
    require_same(mine, source, takes, tmp_path / "m.safetensors")


def test_a_fixed_crop_of_colour_pictures_with_a_larger_store_is_the_same(tmp_path, data_home):
    pictures = {name.replace("anger", "fear"): content for name, content in faces(3, True).items()}
    named = {f"{'neutral' if 'sad' in name else 'smiling'}/{number:03d}_03.png": content
             for number, (name, content) in enumerate(pictures.items())}  # fmt: skip
    source = write_folder(tmp_path / "london", named)
    london = add_dataset("london", source, progress=False)
    takes = takes_of(london, 48, COLOURS)
    assert (takes.picture.how, takes.picture.side) == ("fixed crop", 96)
    assert not takes.picture.of_faces
    require_same(london, source, takes, tmp_path / "m.safetensors")
    elsewhere = through_the_file(takes, tmp_path / "m.safetensors", crop=[0.2, 0.3, 0.7, 0.8])
    image = open_image((source / london.index["path"].iloc[0]).read_bytes())
    assert not torch.equal(FromPicture(elsewhere)(image), FromPicture(takes)(image))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> tuple[Path, Dataset]:
    """A portrait that comes with matplotlib, tilted in colour and level in grey, faces found."""
    home = tmp_path_factory.mktemp("photographs")
    with Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)) as image:
        portrait = image.convert("RGB")
    tilted = portrait.rotate(20, Image.Resampling.BICUBIC, fillcolor=(90, 80, 70))
    for number, photo in enumerate((tilted, portrait.convert("L"))):
        path = home / "own" / "happy" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo.save(path)
    cutter = FaceCutter({"margin": "20 px"}, device="cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_DATA", str(home / "data"))
        made = add_dataset("folder", home / "own", as_name="photos", cutter=cutter, progress=False)
    return home / "own", made


def test_faces_found_in_photographs_are_the_same_from_the_file_alone(tmp_path, photographs):
    source, dataset = photographs
    takes = takes_of(dataset, 96, COLOURS)
    assert (takes.picture.how, takes.picture.faces.margin) == ("face found", "20 px")
    prepare = require_same(dataset, source, takes, tmp_path / "m.safetensors")
    with pytest.raises(FerError, match="no face in the picture"):
        prepare(Image.new("RGB", (200, 200)))


def test_a_face_found_beside_others_differs_by_one_grey_level_at_most(photographs):
    source, dataset = photographs
    prepare = FromPicture(takes_of(dataset, 96, COLOURS))
    with Image.open(source / "happy" / "0.png") as image:
        tilted, level = image.convert("RGB"), image.rotate(-20)
    both = FaceCutter({"margin": "20 px"}, device="cpu")([tilted, level], [None, None])
    for picture, cut in zip((tilted, level), both, strict=True):
        beside = to_square(cut.image, Frame(96, 3)).astype(int)
        assert np.abs(prepare.square(picture) - beside).max() <= 1


@pytest.mark.parametrize("change", [{"margin": "40 px"}, {"align": False}, {"several": "central"}])
def test_other_settings_of_the_cutter_are_used_and_not_the_usual_ones(
    tmp_path, photographs, change
):
    source, dataset = photographs
    takes = takes_of(dataset, 96, COLOURS)
    said = takes.picture.faces.model_dump(mode="json") | change
    other = through_the_file(takes, tmp_path / "m.safetensors", faces=said)
    assert other.picture.faces == takes.picture.faces.model_copy(update=change)
    with Image.open(source / "happy" / "0.png") as image:
        same = torch.equal(FromPicture(other)(image), FromPicture(takes)(image))
    assert same == ("several" in change)  # there is one face


def drawn(mode: str, width: int, height: int, seed: int, turned: int) -> bytes:
    """A picture of noise as a file, with the orientation that its camera noted."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    if mode == "I;16":
        image = Image.fromarray(values[..., 0].astype(np.uint16) * 257 | 0x8000)
    else:
        image = Image.fromarray(values).convert("RGB").convert(mode)
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0112] = turned
    image.save(buffer, "TIFF" if mode == "CMYK" else "PNG", exif=exif)
    return buffer.getvalue()


@settings(max_examples=100, deadline=None)
@given(
    mode=st.sampled_from(MODES),
    width=st.integers(9, 70),
    height=st.integers(9, 70),
    seed=st.integers(0, 9),
    turned=st.sampled_from([1, 3, 6]),
    side=st.integers(16, 64),
    channels=st.sampled_from([1, 3]),
    cut=st.sampled_from([None, (0.2, 0.25, 0.75, 0.8), "box"]),
    size=st.integers(16, 72),
    norm=st.sampled_from([GREY, COLOURS, {"mean": (0.4,), "std": (0.2,)}]),
)
def test_every_mode_side_and_cut_gives_the_tensor_of_the_store(
    mode, width, height, seed, turned, side, channels, cut, size, norm
):
    content = drawn(mode, width, height, seed, turned)
    box: Box | None = (width / 5, 2.5, width / 2, height + 9.0) if cut == "box" else None
    crop = None if cut == "box" else cut
    reading = Reading(pd.DataFrame(), lambda path: content, open_image)
    packed = pack_row(reading, Row("x", box), Frame(side, channels, crop))
    how = "box of the source" if box else "fixed crop" if crop else "whole"
    takes = described(size, norm, how=how, crop=crop, side=side, channels=channels)
    again = Input.model_validate_json(takes.model_dump_json())
    image = open_image(content)
    if packed.pixels is None:
        assert packed.failure == "box outside the image"
        with pytest.raises(FerError, match="box outside the image"):
            FromPicture(again)(image, box)
        return
    assert np.array_equal(FromPicture(again).square(image, box), packed.pixels)
    store = Store(np.stack([packed.pixels, packed.pixels[::-1], packed.pixels]))
    expected = through_the_store(store, np.arange(3), takes)
    assert torch.equal(FromPicture(again)(image, box)[0], expected[0])
    assert torch.equal(expected[0], expected[2])


@pytest.mark.parametrize("changed", [{"mean": (0.4,) * 3}, {"std": (0.2,) * 3}, {"size": 40}])
def test_another_normalisation_or_size_gives_another_tensor(changed):
    takes = described()
    image = Image.fromarray(np.arange(48 * 48, dtype=np.uint8).reshape(48, 48))
    other = FromPicture(takes.model_copy(update=changed))(image)
    assert not torch.equal(other, FromPicture(takes)(image))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"stored_by": "bicubic"}, r"picture\.stored_by: Input should be 'lanczos'"),
        ({"resized_by": "nearest"}, r"picture\.resized_by: Input should be 'bilinear'"),
        ({"antialiased": "never"}, r"picture\.antialiased"),
        ({"scaled_to": "-1 to 1"}, r"picture\.scaled_to"),
        ({"how": "by eye"}, r"picture\.how"),
        ({"channels": 2}, r"picture\.channels"),
        ({"blur": 3}, r"picture\.blur: Extra inputs are not permitted"),
        ({"faces": {"margin": "30 %"}}, r"picture\.faces: .*align is not said"),
        ({"faces": {"detector": "retina"}}, r"picture\.faces\.detector"),
    ],
)
def test_what_this_program_cannot_do_is_refused_when_the_file_is_loaded(tmp_path, change, told):
    takes = described()
    with pytest.raises(FerError, match=f"describes no net that can be built here .*{told}"):
        through_the_file(takes, tmp_path / "m.safetensors", **change)


@pytest.mark.parametrize("field", sorted(Picture.model_fields))
def test_what_a_file_does_not_say_is_not_made_up(field):
    said = {**PLAIN}
    del said[field]
    with pytest.raises(ValueError, match=rf"{field}\n.*Field required"):
        Picture.model_validate(said)


def test_a_net_whose_pictures_are_unknown_or_cut_in_several_ways_makes_no_tensor():
    with pytest.raises(FerError, match="unknown: its weights were saved before"):
        FromPicture(Input(size=48, **GREY))
    two = {"a": {"how": "whole"}, "b": {"how": "as distributed"}}
    compiled = described(how="compiled", sources=two)
    assert not compiled.picture.of_faces
    with pytest.raises(FerError, match=r"in more than one way \(a, b\)"):
        FromPicture(compiled)


def test_a_box_is_asked_for_where_faces_were_cut_by_boxes_and_refused_elsewhere():
    image = Image.new("L", (60, 60))
    whole, boxed = (FromPicture(described(how=how)) for how in ("whole", "box of the source"))
    with pytest.raises(FerError, match="give a box"):
        boxed(image)
    with pytest.raises(FerError, match="give no box"):
        whole(image, (0, 0, 30, 30))


def test_a_picture_that_cannot_be_read_is_one_line():
    takes = described()
    content = drawn("RGB", 60, 60, 0, 1)
    with pytest.raises(FerError, match=r"cannot be read \(.*\); give another one"):
        FromPicture(takes)(open_image(content[: len(content) // 2]))
