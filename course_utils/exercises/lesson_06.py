"""The checks of lesson 06."""

import math

from . import exercise, number, numbers, result_of


@exercise("06.1", "2,432: for each kernel 5 x 5 numbers for each of three colours, and a bias.")
def first_layer(answer):
    value = number(answer)
    known = {
        32 * (25 + 1): "that is right for a grey image; a colour photograph has three channels",
        32 * 75: "the kernels are right; each has a bias, too",
        32 * 25: "a colour photograph has three channels, and each kernel has a bias",
        75 + 1: "that is one kernel; there are 32",
        32 * 3 * (25 + 1): "one bias for each kernel, not for each of its channels",
    }
    if value in known:
        return known[value]
    if not math.isclose(value, 2432):
        return f"too {'many' if value > 2432 else 'few'}; count one kernel first, then all 32"


@exercise(
    "06.2", "a kernel adds its size minus one, in steps that earlier strides made longer."
)
def reach(answer):
    cases = [
        ([], 1, "without a layer one number is one pixel: start at 1"),
        ([(3, 1)], 3, "one layer sees as many pixels as its kernel has"),
        ([(3, 1), (3, 1)], 5, "a second kernel of 3 adds two pixels, not three"),
        ([(3, 2)], 3, "a stride makes the steps of later layers longer, not its own"),
        ([(3, 2), (3, 1)], 7, "after a stride of 2 each step counts double"),
        ([(3, 2), (3, 2), (3, 1)], 15, "strides multiply: after two strides of 2 a step is worth 4"),
        ([(5, 1), (2, 2), (3, 1)], 10, "use the size of each kernel, it need not be 3"),
    ]  # fmt: skip
    for layers, right, text in cases:
        given = number(result_of(answer, list(layers)))
        if given != right:
            return f"{text}. For {layers} you give {given:g}; right is {right}"


@exercise(
    "06.3",
    "shuffled pixels are nothing new to a weighted sum; a convolution gets strangers for neighbours.",
)
def shuffled(answer):
    plain, mixed, network, network_mixed = numbers(
        answer, ("pixels", "pixels shuffled", "network", "network shuffled")
    )
    if max(plain, mixed, network, network_mixed) > 1:
        return "an AUC lies between 0 and 1; do not give per cent"
    if min(plain, mixed, network) < 0.5:
        return "that is worse than guessing; is the score that of class 1?"
    if abs(plain - mixed) > 0.01:
        return (
            "logistic regression should not notice: shuffle training and validation images in the same way, "
            "with one order"
        )
    if network_mixed > network + 0.04:  # less is chance, with 78 images
        return "the network should lose or stay as it was; are training and validation images both shuffled?"
