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
        ({"DSC": 71.4, "TNR": 99.8}, "not per cent"),
        ({"DSC": 0.7, "TNR": 0.7}, "nearly all pixels"),
        ({"DSC": 0.998, "TNR": 0.714}, "right places"),
        ({"DSC": 0.184, "TNR": 0.995}, "axis 0 counts the slices"),
        ({"DSC": 0.485, "TNR": 0.997}, "two pixels"),
        ({"DSC": 0.558, "TNR": 0.998}, "Jaccard"),
        ({"DSC": 0.614, "TNR": 0.998}, "both directions"),
        ({"DSC": 0.732, "TNR": 0.998}, "along axis 2"),
        ({"DSC": 0.9, "TNR": 0.99}, "near, but not it"),
        ({"DSC": 0.714, "TNR": 1.0}, "three decimals"),
        ({"dsc": 0.714, "tnr": 0.998}, "keys"),
        ({"DSC": "0.714", "TNR": 0.998}, "give a number"),
    ],
}
