"""Train Perone's network on simulated slices of the spinal cord: `python -m course_utils.weights.gray_matter`.

About fifteen minutes on two cores. It needs the real PAM50; nothing but slices simulated from it goes in.
"""

from __future__ import annotations

import numpy as np
import torch

from .. import data, gray_matter, models, runtime, weights


def main(steps: int = 1000) -> None:
    """Train and save."""
    runtime.start("12")
    template = data.load("pam50")
    if template.source != "real":
        raise RuntimeError("the real PAM50 is needed; set COURSE_MIRROR or go online")
    held_out = np.isin(template.targets["vertebral_level"], gray_matter.HELD_OUT)
    images, truth = gray_matter.slices(np.random.default_rng(12), template[~held_out], 2000)
    torch.manual_seed(0)
    network = models.GrayMatterNet(rates=gray_matter.RATES, dropout=0, momentum=0.1)
    y = torch.as_tensor(truth["gray_matter"])[:, None]
    x, device = gray_matter.standardise(images), runtime.device()
    network = network.to(device, memory_format=torch.channels_last)  # quicker on a CPU
    gray_matter.fit(
        network, x, y, steps, 4e-3, cross_entropy=3, log=lambda *now: print(*now, flush=True)
    )
    source = f"simulated slices made from {data.fetch.entry('pam50')['base_url']}"
    print(weights.save("gray_matter", network.state_dict(), source))


if __name__ == "__main__":
    main()
