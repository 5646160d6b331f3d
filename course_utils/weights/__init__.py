"""Trained weights that come with the package, each file beside the script that made it.

`python -m course_utils.weights.NAME` trains anew and writes NAME.safetensors. Nothing imports a script; what a lesson
needs of it (the network, its data, the prediction) is in a module of the package. A file says in its header which
script made it, from which data, and the sha256 of its numbers; a test holds it to that.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from .. import arithmetic

arithmetic.pin()  # before a script loads NumPy

HERE = Path(__file__).parent


def save(name: str, state: dict, data: str) -> Path:
    """Write a state, parameter name -> tensor; returns the file. data: where what it was trained on comes from."""
    from safetensors.torch import save_file

    state = {key: value.cpu().contiguous() for key, value in state.items()}
    about = {"script": f"course_utils.weights.{name}", "data": data, "sha256": digest(state)}
    save_file(state, HERE / f"{name}.safetensors", about)
    return HERE / f"{name}.safetensors"


def load(name: str) -> dict:
    """The state of a file, e.g. "gray_matter"; what is kept as float16 comes as float32."""
    import torch
    from safetensors.torch import load_file

    state = load_file(HERE / f"{name}.safetensors")
    return {k: v.float() if v.dtype == torch.float16 else v for k, v in state.items()}


def about(name: str) -> dict[str, str]:
    """What a file says of itself: "script", "data" and "sha256"."""
    from safetensors import safe_open

    with safe_open(HERE / f"{name}.safetensors", "pt") as file:
        return file.metadata()


def digest(state: dict) -> str:
    """sha256 over names, shapes and numbers of a state."""
    whole = hashlib.sha256()
    for key in sorted(state):
        values = state[key].numpy()
        whole.update(f"{key} {values.dtype} {values.shape}".encode() + values.tobytes())
    return whole.hexdigest()
