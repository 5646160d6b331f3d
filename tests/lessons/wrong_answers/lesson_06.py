"""Wrong answers to the exercises of lesson 06, and words of the message that each must get."""


def sizes_added(layers):
    return sum(kernel for kernel, _ in layers)


def no_strides(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers)


def stride_too_early(layers):
    sees, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        sees += (kernel - 1) * step
    return sees


def always_three(layers):
    sees, step = 1, 1
    for _, stride in layers:
        sees += 2 * step
        step *= stride
    return sees


def strides_added(layers):
    sees, step = 1, 1
    for kernel, stride in layers:
        sees += (kernel - 1) * step
        step += stride - 1
    return sees


WRONG = {
    "06.1": [
        (832, "three channels"),
        (2400, "each has a bias"),
        (800, "three channels, and"),
        (76, "there are 32"),
        (2496, "not for each of its channels"),
        (100_000, "too many"),
        (10, "too few"),
        ("many", "give a number"),
    ],
    "06.2": [
        (sizes_added, "start at 1"),
        (no_strides, "counts double"),
        (stride_too_early, "not its own"),
        (always_three, "size of each kernel"),
        (strides_added, "strides multiply"),
        (lambda layers: None, "returns None"),
        (11, "a function is wanted"),
    ],
    "06.3": [
        ({"pixels": 0.8}, "keys"),
        (
            {"pixels": 80, "pixels shuffled": 80, "network": 90, "network shuffled": 70},
            "not give per cent",
        ),
        (
            {"pixels": 0.2, "pixels shuffled": 0.2, "network": 0.9, "network shuffled": 0.7},
            "worse than guessing",
        ),
        (
            {"pixels": 0.8, "pixels shuffled": 0.6, "network": 0.9, "network shuffled": 0.7},
            "one order",
        ),
        (
            {"pixels": 0.8, "pixels shuffled": 0.8, "network": 0.9, "network shuffled": 0.95},
            "should lose",
        ),
    ],
}
