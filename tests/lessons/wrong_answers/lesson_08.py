"""Wrong answers to the exercises of lesson 08, and words of the message that each must get."""

WRONG = {
    "08.1": [
        (25.6, "multiply"),
        (1.8**32, "with shortcuts"),
        (0.08, "not per cent"),
        (0.03, "too much"),
        (1e-9, "too little"),
        (0, "above 0"),
        ("tiny", "give a number"),
    ],
    "08.2": [
        (lambda v, h, W, b, c: v @ b + h @ c + v @ W @ h, "have a minus"),
        (lambda v, h, W, b, c: -(v @ W @ h), "biases b and c are missing"),
        (lambda v, h, W, b, c: -(v @ b) - h @ c, "weights between v and h"),
        (lambda v, h, W, b, c: 1 - v @ W @ h, "energy is 0"),
        (lambda v, h, W, b, c: -(v @ b) + h @ c - v @ W @ h, "for a test machine"),
        (lambda v, h, W, b, c: None, "returns None"),
        (3, "a function is wanted"),
    ],
    "08.3": [
        ({0.05: 24.0, 0.2: 21.0}, "not a gain"),
        ({0.05: 2.0, 0.2: -3.0}, "grow with the noise"),
        ({0.05: 2.0}, "keys"),
        (1.5, "dictionary"),
    ],
}
