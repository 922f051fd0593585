"""Two encoders with the same weights, and the distance between what they see: a Siamese network on pairs of digits."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="Siamese network",
    summary="Two encoders share their weights; the distance of their codes says whether two digits are the same.",
    data={"name": "digit_pairs"},
    recipe={"optimizer": "adam", "lr": 0.002, "batch_size": 64, "epochs": 15},
    bar=Bar("val_accuracy", 0.95, "pairs of digits never seen; the best threshold on the distance of their pixels gets 0.78, a guess 0.5"),
    family="Comparing",
    tags=("Bromley et al., 1993", "Hadsell et al., 2006"),
)


def graph(features: int = 16) -> dict[str, Any]:
    """Return the graph: the shape of Bromley et al.: Signature verification using a Siamese time delay neural network (1993), figure 1.

    With convolutions over images in place of time delays, and the contrastive loss of Hadsell et al. (2006), whose distance is Euclidean.

    Args:
        features: Numbers in the code of a digit, 1 to 4096.
    """
    sketch = Sketch("Siamese network", columns=5)
    codes = []
    for side in ("first", "second"):
        last = sketch.add("image_input", side, channels=1, height=8, width=8)
        for name, type, parameters in _encoder(features):
            last = sketch.add(type, f"{side}_{name}", after=last, **parameters)
            if side == "second" and type in ("conv2d", "linear"):
                sketch.share(last, f"first_{name}")
        codes.append(last)
    distance = sketch.add("distance", "distance", after={"a": codes[0], "b": codes[1]})
    sketch.finish(distance, "contrastive")
    return sketch.document()


def _encoder(features: int) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("conv1", "conv2d", {"out_channels": 16, "kernel_size": 3, "padding": 1}),
        ("relu1", "relu", {}),
        ("pool1", "max_pool2d", {"kernel_size": 2}),
        ("conv2", "conv2d", {"out_channels": 32, "kernel_size": 3, "padding": 1}),
        ("relu2", "relu", {}),
        ("pool2", "max_pool2d", {"kernel_size": 2}),
        ("flatten", "flatten", {}),
        ("code", "linear", {"out_features": features}),
    ]
