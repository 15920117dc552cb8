"""Writes the function of `model.py` that turns a picture file into inputs, with torch and Pillow.

It gives what `fitness.data.images.decoding` gave in training; a test compares the two.
"""

from __future__ import annotations

import textwrap

from fitness.data.inputs.picture_form import Form

WIDTH = 88
SOURCE = '''

SIZE = ({width}, {height})  # width and height of a picture


def load_image(path) -> Tensor:
    """Return the input (1, {channels}, {height}, {width}) of a picture file, made as in training.

{words}
    """
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        if image.mode[0] {unfit} "IF":  # 32-bit, float, or 16-bit grey
            raise ValueError(f"{{path}} has {has} bits a pixel, those learnt from {learnt}")
        if image.size != SIZE:
            image.draft(None, ({draft_width}, {draft_height}))  # a JPEG need not be decoded larger
        image = ImageOps.exif_transpose(image)
{plain}
    if image.size != SIZE:
{fit}
    numbers = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.{kind})
    return numbers.reshape(1, {height}, {width}, {channels}).permute(0, 3, 1, 2).float()
'''
PLAIN = """\
        if image.has_transparency_data:
            whole = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole)
        image = image.convert("{mode}")"""
DEEP = '        image = (image.convert("I") if image.mode[0] == "I" else image).convert("F")'
FITTED = {
    "pad": """\
        mean = image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        image = ImageOps.pad(image, SIZE, Image.Resampling.{method}, color=mean)""",
    "crop": "        image = ImageOps.fit(image, SIZE, Image.Resampling.{method})",
    "stretch": "        image = image.resize(SIZE, Image.Resampling.{method})",
}
WORDS = (
    "It is turned as its EXIF orientation says; {laid}another size is {fitted}. Numbers are "
    "{numbers}, channels {channels}. Needs Pillow."
)
FITTED_WORDS = {
    "pad": "scaled, its aspect kept, and padded with the picture's mean colour",
    "crop": "scaled, its aspect kept, and cropped to its middle",
    "stretch": "stretched",
}


def picture_source(form: Form | None) -> str:
    """Return the source; empty without a form."""
    if form is None:
        return ""
    is_grey, deep = form.channels == 1, form.deep
    words = WORDS.format(
        laid="" if deep else "what is transparent is laid on white; ",
        fitted=FITTED_WORDS[form.fit],
        numbers="as they are stored" if deep else "from 0 to 255",
        channels="one, grey" if is_grey else "red, green, blue",
    )
    return SOURCE.format(
        width=form.width,
        height=form.height,
        channels=form.channels,
        draft_width=2 * form.width,
        draft_height=2 * form.height,
        words=textwrap.indent(textwrap.fill(words, WIDTH), " " * 4),
        unfit="not in" if deep else "in",
        has="8" if deep else "more than 8",
        learnt="had more" if deep else "had 8",
        plain=DEEP if deep else PLAIN.format(mode="L" if is_grey else "RGB"),
        fit=FITTED[form.fit].format(method="BILINEAR" if deep else "LANCZOS"),
        kind="float32" if deep else "uint8",
    )
