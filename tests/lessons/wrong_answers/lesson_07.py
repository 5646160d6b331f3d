"""Wrong answers to the exercises of lesson 07, and words of the message that each must get."""


def keep_all(images):
    return list(range(len(images)))


def neighbours_only(images):
    return [i for i, x in enumerate(images) if i == 0 or x.tobytes() != images[i - 1].tobytes()]


def bytes_only(images):
    first = {}
    for i, x in enumerate(images):
        first.setdefault(x.tobytes(), i)
    return sorted(first.values())


WRONG = {
    "07.1": [
        (0.95, "too high"),
        (0.5, "too low"),
        (0.9, "too high"),
        (0.6915, "ten films"),
        (0.05 ** (1 / 30), "2.5 %"),
        (88, "not per cent"),
        ((0.8843, 1.0), "lower end alone"),
        ("a lot", "give a number"),
    ],
    "07.2": [
        (keep_all, "keep the first"),
        (neighbours_only, "anywhere"),
        (bytes_only, "different shape"),
        (lambda images: None, "returns None"),
        ([0, 1], "a function is wanted"),
        (lambda images: images, "not the images"),
        (lambda images: images[:1], "not the images"),
        (lambda images: [i.tobytes() for i in images], "give the positions"),
    ],
    "07.3": [
        ({"left half black": 98, "right half black": 97}, "not per cent"),
        ({"left half black": 0.4, "right half black": 0.97}, "not what 20 splits give"),
        ({"left half black": 0.75, "right half black": 0.7}, "not what 20 splits give"),
        ({"left": 0.9, "right": 0.9}, "keys"),
    ],
}
