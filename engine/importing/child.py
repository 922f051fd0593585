"""The process in which a user's file is executed: it locks itself in, reads the file, and answers with JSON and safetensors.

Nothing it answers is trusted: whoever asked reads the answer as it would read any stranger's file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from blocks.problems import UserError
from engine.importing.confinement import lock_in
from engine.importing.refusal import refused

ANSWER, WEIGHTS, EXAMPLE = "answer.json", "weights.safetensors", "example.safetensors"


def main(arguments: list[str]) -> None:
    """Answer one request: `request.json` in the folder that is named; the walls are told on the pipe whose number follows."""
    folder, root, pipe = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    request = json.loads((folder / "request.json").read_text())
    walls = lock_in(folder, root)
    with os.fdopen(pipe, "w") as told:
        json.dump(walls.to_json(), told)
    answer = folder / "answer"
    try:
        if request["walls_required"] and not walls.complete:
            raise refused(
                "no_walls", f"this system cannot wall the file off: {walls.missing()}.", "Import it by the command `gradloom import`."
            )
        document = _answer(request, folder / "file" / request["file"], answer)
    except UserError as error:
        document = {"problems": [problem.to_json() for problem in error.problems]}
    (answer / ANSWER).write_text(json.dumps(document))
    # What the file has started or registered to happen at the end does not happen.
    sys.stdout.flush()
    os._exit(0)


def _answer(request: dict[str, Any], path: Path, answer: Path) -> dict[str, Any]:
    import torch
    from safetensors.torch import save_file

    from engine.importing.loading import build_module, load_file
    from engine.importing.reading import read_module

    torch.set_num_threads(1)
    torch.manual_seed(request["seed"])
    before = _files(Path.cwd())
    file = load_file(path)
    model, name, note = build_module(file, request["class"], str(path))
    found = read_module(model, file, str(path), name, request["inputs"])
    weights = {f"{id}/{key}": tensor.contiguous().clone() for id, state in found.weights.items() for key, tensor in state.items()}
    save_file(weights, answer / WEIGHTS)
    example = {f"input_{number}": tensor.contiguous() for number, tensor in enumerate(found.inputs)}
    save_file({**example, "expected": found.expected.contiguous()}, answer / EXAMPLE)
    written = sorted(_files(Path.cwd()) - before)
    notes = [note] if note else []
    if written:
        notes.append(f"The file wrote {', '.join(written[:5])} while it was read; that went to a temporary folder and is gone.")
    origins = {id: {"path": origin.path, "line": origin.line} for id, origin in found.origins.items()}
    return {"graph": found.graph.to_json(), "notes": [*notes, *found.notes], "origins": origins}


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder))[:100] for path in folder.rglob("*") if "__pycache__" not in path.parts}


if __name__ == "__main__":
    main(sys.argv[1:])
