"""Wrong answers to the exercises of lesson 02, and words of the message that each must get."""


def no_relu(x, w, b, d_hidden):
    return d_hidden @ w.T, x.T @ d_hidden, d_hidden.sum(0)


def no_sum(x, w, b, d_hidden):
    d = d_hidden * (x @ w + b > 0)
    return d @ w.T, x.T @ d, d


def mean_of_rows(x, w, b, d_hidden):
    d = d_hidden * (x @ w + b > 0)
    return d @ w.T, x.T @ d / len(x), d.mean(0)


def no_bias_in_sum(x, w, b, d_hidden):
    d = d_hidden * (x @ w > 0)
    return d @ w.T, x.T @ d, d.sum(0)


WRONG = {
    "02.1": [
        (52288, "every neuron also has a bias"),
        (50370, "without its second hidden layer"),
        (52320, "outputs are a layer too"),
        (53170, "they have no biases"),
        (98, "too few"),
        (1_000_000, "too many"),
        ("fifty thousand", "give a number"),
    ],
    "02.2": [
        (no_relu, "without the ReLU"),
        (no_sum, "has the shape"),
        (mean_of_rows, "the mean over the rows"),
        (no_bias_in_sum, "differs from what nudging"),
        (lambda x, w, b, d: d @ w.T, "three arrays"),
        (lambda x, w, b, d: None, "returns None"),
    ],
    "02.3": [
        ({2: 60, 8: 100}, "not per cent"),
        ({2: 1.0, 8: 1.0}, "some starts fail"),
        ({2: 0.5, 8: 0.5}, "nearly every start"),
        ({2: 0.0, 8: 1.0}, "about half"),
        ({2: 0.3, 8: 1.0}, "epochs=1000"),  # after 100 epochs, or at a rate of 0.1
        ({2: 0.675, 8: 1.0}, "seed=0 to seed=9"),
        ({"2": 0.6, "8": 1.0}, "keys 2 and 8"),
    ],
}
