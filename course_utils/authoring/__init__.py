"""The workshop: what makes the course out of its lessons. No lesson imports it.

lessons: find, run and save them, write their headers. comparison, bands, verified: how their outputs are compared, how
far numbers move, what was run where. slides, pages: what is made from the saved outputs.
It is installed with the rest, since `make hello`, the command line and the tests run lessons, on Colab's versions too.
It costs a lesson nothing: it loads when first used.
"""
