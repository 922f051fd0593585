"""Images enter here."""

from __future__ import annotations

from blocks.spec import InputBlock, Port, param
from blocks.tensors import TensorSpec


class ImageInput(InputBlock):
    """Let images into the network.

    Images of the data set are resized to the height and width given here, and turned to grey or colour to fit the channels.

    Shapes: -> x (B, C, H, W)

    Use one for each network that looks at pictures: 1 channel for grey images, 3 for colour.
    """

    title = "Image input"
    keywords = ("picture", "data", "pixels", "photo", "input layer")
    outputs = (Port("x", ("image",), "A batch of images."),)
    formula = r"x \in \mathbb{R}^{B \times C \times H \times W}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html (layout of images)"
    examples = ({"parameters": {"channels": 3, "height": 32, "width": 48}, "inputs": {}, "outputs": {"x": ("B", 3, 32, 48)}},)

    channels: int = param(1, ge=1, le=1024, help="Number of channels: 1 for grey images, 3 for colour.")
    height: int = param(28, ge=1, le=4096, unit="pixels", help="Height of each image.")
    width: int = param(28, ge=1, le=4096, unit="pixels", help="Width of each image.")

    def tensor(self) -> TensorSpec:
        """Return a batch of images."""
        return TensorSpec(("B", self.channels, self.height, self.width), "float", "image")
