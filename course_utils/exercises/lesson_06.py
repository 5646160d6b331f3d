"""The checks of lesson 06."""

from . import exercise, number, numbers, result_of


@exercise(
    "06.1",
    "three rows, and -7: the last place meets the zeros of the padding, and takes them for an edge.",
)
def by_hand(answer):
    rows, corner = numbers(answer, ("rows", "bottom right"))
    sizes = {
        5: "five rows is padding 1 without the stride; stride 2 leaves out every second place",
        2: "two rows is stride 2 without the padding; with it the image counts as 7 x 7",
        7: "seven rows has the image with its padding; how many places are there for the kernel?",
        9: "count the rows of the answer, not all its numbers",
    }
    if rows != 3:
        return sizes.get(
            rows, "(size + 2 x padding - kernel) / stride + 1: how many rows is that?"
        )
    corners = {
        7: "the sign: the kernel takes the right column minus the left one, and is not turned",
        -4: "that is the last place without padding; with it the kernel reaches beyond the image",
        0: "zeros times anything are zero, but the left column of the kernel still lies on the image",
        -11: "the kernel reaches one row below the image, too: only two rows of it lie on the image",
        -5: "the middle row of the kernel counts twice",
    }
    if corner != -7:
        hint = "write down the nine numbers under the kernel: zeros beyond the image"
        return f"the rows are right, the corner is not: {corners.get(corner, hint)}"


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
    "a weighted sum gets the same pixels in another order; a convolution gets other neighbours. "
    "What that costs, your last two numbers say.",
)
def shuffled(answer):
    plain, mixed, network, network_mixed = numbers(
        answer, ("pixels", "pixels shuffled", "network", "network shuffled")
    )
    if max(plain, mixed, network, network_mixed) > 1:
        return "an AUC lies between 0 and 1; do not give per cent"
    if min(plain, mixed, network, network_mixed) < 0.5:
        return "that is worse than guessing; is the score that of class 1?"
    if abs(plain - mixed) > 0.002:
        return (
            "logistic regression should not notice: shuffle training and validation images in the same way, "
            "with one order"
        )
    if plain < 0.9:
        return (
            f"logistic regression reaches about 0.99 (0.92 on stand-ins), you have {plain:.3f}; "
            "are these chest films, divided by 255 and standardised?"
        )
    if network < 0.97:
        return f"the network reaches about 0.99 before the shuffle, you have {network:.3f}; are these chest films?"
    if network_mixed < 0.9:
        return (
            f"{network_mixed:.3f} is a larger loss than this shuffle costs; are the validation images shuffled with "
            "the same order as those of training?"
        )
    if network_mixed == network < 1:
        return "the two networks are equal to the last digit; did the second one train on shuffled films?"
    if network_mixed > network + 0.003:
        return "the network should not gain by the shuffle; did you swap the two, or take one seed only?"
