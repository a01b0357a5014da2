"""A picture to the bytes of a file, with all metadata that the format holds."""

from collections.abc import Iterator

from PIL import Image
from PIL.Image import Transpose

from imgconv.errors import WriteError
from imgconv.formats import LOSSLESS, Format, Metadata
from imgconv.formats.deep import mode_name
from imgconv.formats.metadata import (
    ANIMATION_KINDS,
    DATA_BEHIND,
    FURTHER_PICTURES,
    KINDS,
    PROFILE_COLOURS,
    Picture,
    profile_fits,
)
from imgconv.formats.registry import storage_mode
from imgconv.formats.thumbnails import fit_metadata
from imgconv.images.orientation import UPRIGHT, orientation_of, upright_array, upright_info
from imgconv.images.pixels import Frame

# Resolutions that programs write by default, and sRGB: no loss where they are left out.
_SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_DEFAULTS = ((72, 72), (96, 96), b"\1\x0d\0\1", _SRGB)

# Pillow's operations that make a picture of each orientation upright.
_TRANSPOSES = {2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM}
_TRANSPOSES |= {5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE}
_TRANSPOSES |= {8: Transpose.ROTATE_90}


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Return the file of a picture that ``adapt`` has returned; raises ``WriteError``."""
    trailer: bytes = picture.native.get("trailer", b"")
    assert picture.format.encode is not None  # else ``adapt`` would have refused it
    return picture.format.encode(picture, quality) + trailer


def check_quality(target: Format, quality: int | None) -> None:
    """Raise ``WriteError`` where a format that is always lossy is not to lose anything."""
    if quality == LOSSLESS and target.is_lossy:
        raise WriteError(
            f"{target.name} is lossy", "choose PNG, TIFF or WebP, or give --quality 100"
        )


def drop_frames(picture: Picture, target: Format) -> list[str]:
    """Leave only the first frame if a format cannot hold all of them, and return a note of that.

    In the format of the picture itself the others are a part of its trailer: there is no note.
    """
    dropped = len(picture.frames) - 1
    if not dropped or target.holds_frames_of(picture.format):
        return []
    del picture.frames[1:]
    if target.name == picture.format.name:
        return []
    names = picture.native.get("unfiltered", ())
    if FURTHER_PICTURES in names:  # which are these frames; what else is behind keeps its name
        others = [name for name in names if name != FURTHER_PICTURES]
        picture.native |= {"unfiltered": others} if others else {"trailer": b""}
    kind = "frame" if picture.format.is_film else "picture"
    return [f"{target.name} holds one {kind}; {dropped} more were left out (see --frame)"]


def adapt(picture: Picture, target: Format) -> Picture:
    """Return as much of the picture as a format holds; the notes name the metadata left out.

    Raises ``WriteError`` for frames that the format cannot hold.
    """
    frames = picture.frames if target.holds_frames_of(picture.format) else picture.frames[:1]
    frames = [_convert_frame(frame, target) for frame in frames]
    is_same = picture.format.name == target.name
    native = picture.native if is_same else {}
    profile = picture.metadata.get("icc_profile", b"")
    is_fitting = all(profile_fits(profile, frame) for frame in frames)
    own = picture.metadata if is_fitting else {**picture.metadata, "icc_profile": b""}
    held = (*target.kinds, *(ANIMATION_KINDS if target.is_film else ()))
    metadata = {key: value for key, value in own.items() if key in held and value != b""}
    if not is_same and "exif" in metadata:
        metadata["exif"] = metadata["exif"].removeprefix(b"Exif\0\0")
    for kind, limit in target.kind_limits.items():
        if len(metadata.get(kind, b"")) > limit:
            del metadata[kind]
    metadata, has_lost_thumbnail = fit_metadata(metadata, frames[0])
    lost = [*dict.fromkeys(_lost_names(picture, own, metadata, native))]
    notes = [f"{target.name} cannot hold its {', '.join(lost)}: left out"] if lost else []
    if not is_fitting:
        colours = PROFILE_COLOURS[profile[16:20]]
        notes.append(f"its ICC profile is for {colours}, which the result is not in: left out")
    left_out = [name for key in ("extras", "left_out") for name in native.get(key, ())]
    if left_out := [*dict.fromkeys(left_out + ["thumbnail"] * has_lost_thumbnail)]:
        notes.append(f"its {', '.join(left_out)} cannot be carried along: left out")
    if unfiltered := native.get("unfiltered"):
        notes.append(f"its {', '.join(unfiltered)} went along without being filtered")
    return Picture(frames, target, metadata, native, notes)


def _lost_names(
    picture: Picture, own: Metadata, metadata: Metadata, native: Metadata
) -> Iterator[str]:
    """Yield names of what is in ``own`` metadata but not in ``metadata``, and of native ones."""
    for kind, name in KINDS.items():
        value = own.get(kind)
        if value and kind not in metadata and value not in _DEFAULTS:
            yield name
    if len(picture.frames) > 1 and any(own.get("durations", ())) and "durations" not in metadata:
        yield "times of frames"
    if picture.native and not native:
        yield from picture.format.native_names(picture.native)
        yield from picture.native.get("extras", ())
        if picture.native.get("trailer"):
            behind = picture.native.get("unfiltered") or [DATA_BEHIND]
            are_frames = len(picture.frames) > 1
            yield from (name for name in behind if not (name == FURTHER_PICTURES and are_frames))


def _convert_frame(frame: Frame, target: Format) -> Frame:
    """Return the frame in the mode in which a format holds it; raises ``WriteError``."""
    longest, (width, height) = target.longest_side, frame.size
    if longest is not None and max(width, height) > longest:
        # The libraries that encode would write messages of their own to standard error.
        raise WriteError(
            f"{target.name} cannot hold a picture of {width}x{height}, only up to {longest} a side",
            "choose PNG or TIFF",
        )
    if not isinstance(frame, Image.Image):
        storage_mode(target, mode_name(frame.channels, frame.array.dtype.name))
        return frame
    mode = storage_mode(target, frame.mode)
    return frame if frame.mode == mode else frame.convert(mode)


def make_upright(picture: Picture) -> Picture:
    """Return the picture with its pixels turned upright, and its orientation reset to 1."""
    orientation = orientation_of(picture.metadata)
    if orientation == UPRIGHT:
        return picture
    frames = [_turn(frame, orientation) for frame in picture.frames]
    metadata = upright_info(picture.metadata)
    return Picture(frames, picture.format, metadata, picture.native, picture.notes)


def _turn(frame: Frame, orientation: int) -> Frame:
    if isinstance(frame, Image.Image):
        return frame.transpose(_TRANSPOSES[orientation])
    array = upright_array(frame.array, orientation).copy(order="C")
    return frame._replace(array=array, image=None)
