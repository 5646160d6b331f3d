"""The checks of lesson 01."""

import math

from . import exercise, number, numbers, result_of


@exercise("01.1", "1.65. The entry rises: the step was better than the table expected.")
def one_update(answer):
    if isinstance(answer, str):
        return "give a number, not a text"
    value = number(answer)
    if math.isclose(value, 1 + 0.9 * 2):
        return "2.8 is what the step promises; the table moves only half of the way there"
    if math.isclose(value, 0.5 + 0.5 * (1 + 2 - 0.5)):
        return "what lies ahead counts a little less: multiply it by the discount"
    if math.isclose(value, 0.5 + 0.5 * (1 + 0.9 * 2)):
        return "the table moves by half of the difference, so subtract the old entry inside the bracket"
    if math.isclose(value, 0.5 + 0.5 * (1 - 0.5)):
        return "the reward alone is not all: add what the next cell promises, 0.9 times 2"
    if math.isclose(value, 1.65, abs_tol=0.005):
        return None
    if 1.6 <= value <= 1.7:
        return "that is close: give two decimals"
    return f"too {'high' if value > 1.65 else 'low'}; put the numbers into the line of the hint"


@exercise("01.2", "pairs counted once, names of groups ignored.")
def rand_index(answer):
    cases = [
        ([0, 0, 1, 1], [0, 0, 1, 1], 1.0, "equal groupings agree on every pair"),
        ([0, 0, 1, 1], [1, 1, 0, 0], 1.0, "the names of the groups mean nothing"),
        ([0, 0, 1, 2], [0, 0, 1, 1], 5 / 6, "count pairs of cases, each once, none of a case with itself"),
        ([0, 0, 0, 0], [0, 1, 2, 3], 0.0, "together in one grouping and apart in the other is no agreement"),
        ([0, 1, 2], [5, 6, 7], 1.0, "a pair that both groupings put apart is agreed upon too"),
        (["a", "a", "b"], [3, 4, 4], 1 / 3, "a group may have any name"),
    ]  # fmt: skip
    for a, b, right, text in cases:
        value = number(result_of(answer, a, b))
        if not math.isclose(value, right, abs_tol=1e-6):
            return f"{text}. For {a} and {b} you give {value:.3g}; right is {right:.3g}"


@exercise(
    "01.3", "a reward that comes late teaches slowly: it must find its way back, cell by cell."
)
def two_rewards(answer):
    closer, arrival = numbers(answer, ("closer", "arrival"))
    if closer > arrival:
        return "the reward on arrival only is the harder one; are the two numbers swapped?"
    if arrival <= closer + 5:
        return "with a reward on arrival only the walks stay much longer; did your `step` replace the reward?"
    if closer < 17:
        return "the shortest way takes 18 steps on average, so 'closer' cannot be below that by much"
    if 150 <= arrival <= 175:
        return "is that the mean of all 300 walks? The last 50 of each agent are asked for"
    if not (18 <= closer <= 28):
        return (
            f"{closer:.0f} steps for 'closer' does not fit; is it the mean of the last 50 of 300 walks, "
            "with the reward of `step`?"
        )
    if arrival < 100:
        return f"{arrival:.0f} steps for 'arrival' is too few; has each agent an empty table of its own?"
    if not (110 <= arrival <= 150):
        return f"{arrival:.0f} steps for 'arrival' does not fit; is the reward 1 on arrival and 0 before?"
