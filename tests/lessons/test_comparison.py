"""The float tolerance of the lesson tests: close numbers pass, and nothing else does."""

import pytest

from conftest import near, soften


def passes(new, saved, rtol=0.02, atol=0.0051):
    return near(new, saved, rtol, atol) == saved


@pytest.mark.parametrize(
    ("new", "saved"),
    [
        ("AUC 0.912", "AUC 0.915"),
        ("0.69 to 1.00", "0.69 to 0.99"),
        ("−0.50 ± 0.10", "−0.505 ± 0.10"),
        ("loss 1.00e-03", "loss 1.01e-03"),
        ("<td>0.9801</td>", "<td>0.9775</td>"),
    ],
)
def test_close_floats_pass(new, saved):
    assert passes(new, saved)


@pytest.mark.parametrize(
    ("new", "saved"),
    [
        ("AUC 0.80", "AUC 0.90"),
        ("9 of 10 right", "10 of 10 right"),
        ("0.50 dog", "0.50 cat"),
        ("0.5", "0.5 0.5"),
        ("-0.50", "0.50"),
        ("torch 2.15.0", "torch 2.14.0"),
        ("512 x 512", "512 x 513"),
    ],
)
def test_all_else_fails(new, saved):
    assert not passes(new, saved)


def test_pictures_are_not_compared():
    a, b = ('<img src="data:image/png;base64,' + x + '"> 0.50' for x in ("AAAA", "BBBB"))
    assert near(a, b, 0.02, 0.005) == near(b, b, 0.02, 0.005)


def test_a_table_is_compared_by_its_html_however_its_plain_text_is_wrapped():
    def output(html, plain):
        return [{"data": {"text/html": html, "text/plain": plain}}]

    new, saved = output("<td>0.91</td>", "a\\\nb 0.91"), output("<td>0.912</td>", "a b 0.912")
    soften(new, saved, 0.02, 0.0051)
    assert new == saved
    new, saved = output("<td>0.5</td>", "0.5"), output("<td>0.9</td>", "0.9")
    soften(new, saved, 0.02, 0.0051)
    assert new != saved
