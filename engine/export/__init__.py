"""The forms in which a network leaves Gradloom, one file a form; the source itself is the compiler's."""

from __future__ import annotations

from engine.export.onnx_model import onnx_model
from engine.export.picture import picture
from engine.export.script import training_script
from engine.export.weights import seeded, weights_of, with_weights

__all__ = ["onnx_model", "picture", "seeded", "training_script", "weights_of", "with_weights"]
