"""Wrong answers to the exercises of lesson 15, and words of the message that each must get."""

import numpy as np


def _grey(offset=32768.0, top=255, clip=True, kind=np.uint8):
    def to_grey(stored, low, high):
        share = (stored - offset - low) / (high - low)
        return np.round((np.clip(share, 0, 1) if clip else share) * top).astype(kind)

    return to_grey


def _wrapped(stored, low, high):
    hu = stored - np.uint16(32768)
    return (np.clip((hu.astype(float) - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _stretched(stored, low, high):
    hu = stored - 32768.0
    return np.uint8((hu - hu.min()) / np.ptp(hu) * 255)


WRONG = {
    "15.1": [
        (0, "hit no bookmark"),
        (150, "divide by the slices"),
        (1.5, "every mark"),
        (0.5, "a slice"),
        (0.9, "too high"),
        (0.2, "too low"),
        (-0.75, "not negative"),
        ("0.75", "give a number, not the text"),
    ],
    "15.2": [
        (_wrapped, "wraps round"),
        (_grey(offset=0.0), "offset of 32768 is still in"),
        (_grey(top=1, kind=float), "greys run from 0 to 255"),
        (_grey(clip=False, kind=float), "clip"),
        (_grey(kind=float), "uint8"),
        (_stretched, "is grey"),
        (_grey(offset=32767.0 + 101), "is grey"),
        (lambda stored, low, high: _grey()(stored, low, high).ravel(), "leaves as"),
        (lambda stored, low, high: None, "returns None"),
        (0.5, "a function is wanted"),
    ],
    "15.3": [
        ({0.25: 55, 0.75: 89}, "not per cent"),
        ({0.25: 0.89, 0.75: 0.55}, "right places"),
        ({0.25: -0.5, 0.75: 0.5}, "between 0 and 1"),
        ({0.25: 0.3, 0.75: 0.31}, "too low"),  # one slice in place of three
        ({0.25: 0.1, 0.75: 0.9}, "too low"),
        ({0.25: 0.746, 0.75: 0.878}, "too high"),  # half of the bookmarks
        ({0.25: 0.9, 0.75: 0.93}, "too high"),  # at two false positives
        ({"0.25": 0.5, "0.75": 0.9}, "keys"),
        ({0.25: "0.5", 0.75: 0.9}, "give a number"),
    ],
}
