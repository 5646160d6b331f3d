"""Wrong answers to the exercises of lesson 05, and words of the message that each must get."""

from scipy.ndimage import maximum_filter, median_filter, minimum_filter


def opening_first(grey, window):
    return grey - maximum_filter(minimum_filter(grey, window), window)


def wrong_sign(grey, window):
    return grey - minimum_filter(maximum_filter(grey, window), window)


def only_filled(grey, window):
    return minimum_filter(maximum_filter(grey, window), window)


def fixed_window(grey, window):
    return minimum_filter(maximum_filter(grey, window), 5) - grey


def by_median(grey, window):
    return median_filter(grey, window, mode="mirror") - grey


def one_filter(grey, window):
    return maximum_filter(grey, window) - grey


def cut(grey, window):
    return (minimum_filter(maximum_filter(grey, window), window) - grey)[1:-1]


WRONG = {
    "05.1": [
        (1, "a minority"),
        (2, "covers 10 of the 25"),
        (13, "covers 5 w"),
        (5, "too wide"),
        (2.5, "whole number"),
        (15, "too wide"),
        ("three", "give a number"),
    ],
    "05.2": [
        (opening_first, "brightest in a window taken first"),
        (wrong_sign, "sign is wrong"),
        (only_filled, "subtract the image"),
        (by_median, "negative in places"),
        (one_filter, "used in both filters"),
        (fixed_window, "used in both filters"),
        (cut, "shape of the image"),
        (lambda grey, window: None, "returns None"),
        (3, "a function is wanted"),
    ],
    "05.3": [
        ({"colour": 82, "edges": 67, "outline": 75}, "not give per cent"),
        ({"colour": 0.18, "edges": 0.33, "outline": 0.25}, "worse than guessing"),
        ({"colour": 0.75, "edges": 0.75, "outline": 0.75}, "different inputs"),
        ({"colour": 0.67, "edges": 0.82, "outline": 0.75}, "exchanged"),
        ({"colour": 0.82, "edges": 0.55, "outline": 0.75}, "edges: 0.55 is low"),
        ({"colour": 0.97, "edges": 0.69, "outline": 0.75}, "colour: 0.97 is high"),
        ({"colour": 0.95, "edges": 0.93, "outline": 0.94}, "is high"),
        ({"colour": 0.82, "edges": "0.67", "outline": 0.75}, "give a number"),
        ({"image": 0.97, "edges": 0.9}, "keys"),
        (0.9, "keys"),
    ],
}
