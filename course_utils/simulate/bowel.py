"""Simulated cine MRI of the small bowel: one loop that contracts, between loops that do not.

Seen from the side a loop is a bright band with a dark wall. Contractions run along it as a wave, 6 to 14 in a minute,
and make it thinner. Breathing moves the whole picture up and down. Real loops also bend, slide and leave the plane.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .shapes import check_count_and_size, smooth_noise, to_uint8

FIELD = 100.0  # mm, width of the picture
SECONDS = 1.0  # from frame to frame
RATES = (6.0, 14.0)  # contractions a minute


def bowel_cine(
    rng, count, size=64, frames=32, rate=None, depth=0.35, breathing=2.0, noise=0.04
):
    """Films of a contracting loop, a frame each second.

    rate: contractions a minute, above 0 and below 30 (half of the frames), one number or (count,); None draws RATES.
    depth: by which fraction a contraction narrows and widens the loop, 0 to 0.8. breathing: amplitude in mm, 0 to 10.
    noise: standard deviation, white is 1.
    Returns images (count, size, size, frames) uint8 and the truth: "loop" bool, the same shape; "diameter" (count,
    frames), its mean in mm; "rate" (count,). Raises ValueError for parameters outside these ranges.
    """
    check_count_and_size(count, size)
    rate = rng.uniform(*RATES, count) if rate is None else np.asarray(rate, float)
    rate = np.array(np.broadcast_to(rate, (count,)))
    if not ((rate > 0) & (rate < 30 / SECONDS)).all() or frames < 1:
        raise ValueError("rate is above 0 and below 30 contractions a minute, frames 1 or more")
    if not (0 <= depth <= 0.8 and 0 <= breathing <= 10 and noise >= 0):
        raise ValueError("depth is 0 to 0.8, breathing 0 to 10 mm, noise 0 or more")
    images = np.empty((count, size, size, frames), np.uint8)
    loop, diameter = np.empty(images.shape, bool), np.empty((count, frames))
    for k in range(count):
        images[k], loop[k], diameter[k] = _film(
            rng, size, frames, rate[k], depth, breathing, noise
        )
    return images, {"loop": loop, "diameter": diameter, "rate": rate}


def _film(rng, size, frames, rate, depth, breathing, noise):
    t = np.arange(frames) * SECONDS
    line = ((np.arange(size) + 0.5) / size - 0.5) * FIELD
    lift = breathing * np.sin(2 * np.pi * (t * rng.uniform(12, 18) / 60 + rng.random()))
    # The centre line of the loop is an arc; along it runs the wave.
    radius, turn = rng.uniform(18, 26), rng.uniform(0, 2 * np.pi)
    half, wide = rng.uniform(0.9, 1.2), rng.uniform(7, 10)
    x, y = (
        line[None, :, None] - rng.uniform(-5, 5),
        line[:, None, None] - rng.uniform(-5, 5) - lift,
    )
    angle = (np.arctan2(y, x) - turn + np.pi) % (2 * np.pi) - np.pi
    along = np.clip(angle, -half, half)
    far = np.hypot(x - radius * np.cos(turn + along), y - radius * np.sin(turn + along))
    phase = rng.random()

    def width(place):  # half the diameter at an angle of the arc
        wave = np.sin(2 * np.pi * (rate * t / 60 + phase) - 1.5 * place)
        return wide * (1 + depth * wave)

    inner = width(along) - far  # mm to the wall, above 0 inside
    still = 6 * smooth_noise(rng, 1, size, 7)[0]  # the other loops
    still = 0.25 + 0.5 * np.clip((np.abs(still) - 1) / 3, 0, 1)
    other = [
        ndimage.shift(still, (mm * size / FIELD, 0), order=1, mode="nearest") for mm in lift
    ]
    shade = np.where(inner > 0, 0.85, np.stack(other, -1))
    shade = shade - 0.6 * np.exp(-((inner / 1.2) ** 2)) * np.minimum(shade, 0.6)
    shade += noise * rng.standard_normal(shade.shape)
    places = np.linspace(-half, half, 41)[:, None]
    return to_uint8(shade), inner > 0, 2 * width(places).mean(0)
