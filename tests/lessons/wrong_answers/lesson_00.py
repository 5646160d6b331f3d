"""Wrong answers to the exercises of lesson 00, and words of the message that each must get."""

WRONG = {
    "00.1": [
        (10, "happens to be true"),
        (0.5, "not the share"),
        ("half", "a number is wanted"),
    ],
    "00.2": [
        (lambda said, truth: sum(a == b for a, b in zip(said, truth, strict=True)), "divide"),
        (
            lambda said, truth: (
                sum(a != b for a, b in zip(said, truth, strict=True)) / len(truth)
            ),
            "mistakes",
        ),
        (lambda said, truth: 1.0, "right is 0.75"),
    ],
    "00.3": [
        ({0: 10, 2: 9}, "keys"),
        ({0: 1.0, 1: 0.5, 2: 0.5, 3: 0.5}, "number of films"),
        ({0: 5, 1: 10, 2: 5, 3: 5}, "upright"),
    ],
}
