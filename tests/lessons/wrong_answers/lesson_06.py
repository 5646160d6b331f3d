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
        ({"rows": 5, "bottom right": -7}, "without the stride"),
        ({"rows": 2, "bottom right": -4}, "without the padding"),
        ({"rows": 7, "bottom right": -7}, "how many places"),
        ({"rows": 9, "bottom right": -7}, "not all its numbers"),
        ({"rows": 4, "bottom right": -7}, "how many rows"),
        ({"rows": 3, "bottom right": 7}, "the sign"),
        ({"rows": 3, "bottom right": -4}, "reaches beyond"),
        ({"rows": 3, "bottom right": 0}, "still lies on the image"),
        ({"rows": 3, "bottom right": -5}, "counts twice"),
        ({"rows": 3, "bottom right": -11}, "below the image"),
        ({"rows": 3, "bottom right": 11}, "nine numbers"),
        ({"rows": 3, "bottom right": "minus 7"}, "give a number"),
        ({"rows": 3}, "keys"),
        (-7, "keys"),
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
            {"pixels": 0.98, "pixels shuffled": 0.6, "network": 0.99, "network shuffled": 0.98},
            "one order",
        ),
        (  # ultrasound, as in the first edition
            {
                "pixels": 0.82,
                "pixels shuffled": 0.82,
                "network": 0.88,
                "network shuffled": 0.88,
            },
            "chest films",
        ),
        (
            {"pixels": 0.98, "pixels shuffled": 0.98, "network": 0.9, "network shuffled": 0.9},
            "chest films",
        ),
        (  # validation images not shuffled
            {"pixels": 0.98, "pixels shuffled": 0.98, "network": 0.99, "network shuffled": 0.7},
            "same order",
        ),
        (  # nothing was shuffled
            {
                "pixels": 0.992,
                "pixels shuffled": 0.992,
                "network": 0.995,
                "network shuffled": 0.995,
            },
            "equal to the last digit",
        ),
        (
            {
                "pixels": 0.98,
                "pixels shuffled": 0.98,
                "network": 0.98,
                "network shuffled": 0.99,
            },
            "should not gain",
        ),
    ],
}
