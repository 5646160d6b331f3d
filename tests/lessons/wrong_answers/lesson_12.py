"""Wrong answers to the exercises of lesson 12, and words of the message that each must get."""

WRONG = {
    "12.1": [
        (31, "has already seen 13"),
        (28, "both sides"),
        (73, "2 times the rate for each layer"),
        (29, "all four layers"),
        (100, "too high"),
        (9, "too low"),
        ("43 pixels", "give a number"),
    ],
    "12.2": [
        (lambda jaccard: 100 * (3 * jaccard - 2) / jaccard, "as if it were the DSC"),
        (lambda jaccard: 2 - 1 / jaccard, "per cent"),
        (lambda jaccard: 2 * jaccard / (1 + jaccard), "100 for two equal masks"),
        (lambda jaccard: 100 * jaccard, "JI 0.5"),
        (lambda jaccard: None, "returns None"),
        (64.9, "a function is wanted"),
    ],
    "12.3": [
        ({"DSC": 1.0, "TNR": 1.0}, "axis 2"),
        ({"DSC": 70, "TNR": 99.8}, "not per cent"),
        ({"DSC": 0.7, "TNR": 0.7}, "nearly all pixels"),
        ({"DSC": 0.1, "TNR": 0.99}, "too low for one pixel"),
        ({"dsc": 0.7, "tnr": 0.99}, "keys"),
    ],
}
