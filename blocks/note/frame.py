"""A box drawn behind blocks, with a title and a note."""

from __future__ import annotations

from typing import Literal

from blocks.spec import Block, param

LARGEST_FRAME = 20_000
FrameColour = Literal["grey", "blue", "green", "yellow", "orange", "violet"]


class Frame(Block):
    """Put a box with a title and a note behind a part of the network.

    It has no part in the computation: it is neither checked, compiled nor trained.

    Its title is its name. Moving it by the title moves what lies in it. Use it to name the parts of a large network, or to say why
    something is as it is.
    """

    title = "Frame"
    category = "note"
    role = "note"
    keywords = ("note", "comment", "group", "box", "text", "label")
    formula = ""
    source = ""
    examples = ({"parameters": {"text": "Two convolutions."}, "inputs": {}, "outputs": {}},)

    text: str = param("", max_length=1000, help="A note, shown as it is written.")
    width: int = param(480, ge=120, le=LARGEST_FRAME, help="The width on the canvas.", unit="pixels", step=20)
    height: int = param(240, ge=60, le=LARGEST_FRAME, help="The height on the canvas.", unit="pixels", step=20)
    colour: FrameColour = param("grey", help="The colour of the box.")
