"""Train the detector of lesson 14 on simulated mammograms: `python -m course_utils.weights.mass_detector`.

About four minutes on two cores. No real film goes in.
"""

from __future__ import annotations

import numpy as np
import torch

from .. import detection, runtime, weights
from ..simulate.mammogram import mammogram


def main(films: int = 1600, epochs: int = 8) -> None:
    """Train and save."""
    runtime.start("14")
    images, truth = mammogram(np.random.default_rng(14), films, 256)
    network = detection.detector(detection.backbone(1, 12), seed=0)
    x, targets = detection.to_images(images), detection.to_targets(truth["boxes"])
    table = detection.train(network, x, targets, epochs)
    print(table.round(3))
    state = {
        key: value.half() if value.dtype == torch.float32 else value
        for key, value in network.state_dict().items()
    }
    print(weights.save("mass_detector", state, "simulated mammograms, generator seed 14"))


if __name__ == "__main__":
    main()
