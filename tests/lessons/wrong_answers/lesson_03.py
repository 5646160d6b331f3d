"""Wrong answers to the exercises of lesson 03, and words of the message that each must get."""

import numpy as np


def wraps(film, others):
    difference = (others - film).mean(axis=(1, 2))
    return difference.argmin(), difference.min()


def signed(film, others):
    difference = np.abs((others.astype(float) - film).mean(axis=(1, 2)))
    return difference.argmin(), difference.min()


def swapped(film, others):
    difference = np.abs(others.astype(float) - film).mean(axis=(1, 2))
    return difference.min(), difference.argmin()


def signed_wrap(film, others):
    difference = np.abs(others - film).mean(axis=(1, 2))
    return difference.argmin(), difference.min()


def summed(film, others):
    d = np.abs(others.astype(float) - film).sum(axis=(1, 2))
    return d.argmin(), d.min()


def by_square(film, others):
    apart = others.astype(float) - film
    place = int((apart**2).mean((1, 2)).argmin())
    return place, np.abs(apart[place]).mean()


def squared(film, others):
    d = ((others.astype(float) - film) ** 2).mean(axis=(1, 2))
    return d.argmin(), d.min()


def position_only(film, others):
    return np.abs(others.astype(float) - film).mean(axis=(1, 2)).argmin()


WRONG = {
    "03.1": [
        (0.95, "share of sick children"),
        (0.79, "half of the children"),
        (0.2, "all alarms"),
        (0.6, "too high"),
        (0.05, "too low"),
        (16.7, "not per cent"),
        (47.5, "a number of alarms"),
        (285, "a number of alarms"),
        (0.0475, "not by all 1000"),
        ("one in six", "give a number"),
    ],
    "03.2": [
        (wraps, "wrap around"),
        (signed_wrap, "below 0. For"),
        (swapped, "first the position"),
        (signed, "absolute value of each pixel"),
        (summed, "take the mean"),
        (by_square, "not the smallest square"),
        (squared, "absolute values"),
        (position_only, "two things"),
        (lambda film, others: None, "returns None"),
        (3, "a function is wanted"),
    ],
    "03.3": [
        ({50: 93, 500: 97, "all": 99}, "not give per cent"),
        ({50: 0.07, 500: 0.03, "all": 0.01}, "worse than guessing"),
        ({50: 0.99, 500: 0.97, "all": 0.93}, "grow with the number"),
        ({"50": 0.9, "500": 0.9, "all": 0.9}, "keys"),
        ({50: 1.0, 500: 1.0, "all": 1.0}, "suspicious"),
        ({50: 1.0, 500: 0.994, "all": 0.994}, "not on the training films"),
        ({50: 0.5, 500: 0.98, "all": 0.99}, "50 is too low"),
        ({50: 0.86, 500: 0.96, "all": 0.96}, "these are accuracies"),
        ({50: 0.859, 500: 0.958, "all": 0.956}, "these are accuracies"),
        ({50: 0.77, 500: 0.94, "all": 0.94}, "50 is too low"),
        ({50: 0.96, 500: 0.98, "all": 0.99}, "50 is too high"),
    ],
}
