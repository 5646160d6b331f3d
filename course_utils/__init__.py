"""The helper package of the course "Deep Learning in Medical Image Processing".

    import course_utils as cu
    cu.start("07")                       # seed, threads, figure style
    films = cu.load("chest_abdomen")     # real images, or announced stand-ins where there is no network

What a lesson or its reader calls, and nothing else (tests hold this list to `dir(cu)`):

start       seed, threads, figure style, and one line that says what runs where
doctor      is this computer ready?
audit       what in a labelled set could leak
device      the torch device lessons run on
load        a data set as a record
card        where a data set is from, and what is wrong with it
data        your own pictures: data.folder(path), data.pictures.read(file)
check       the friendly check of an exercise
progress    which exercises you have solved
compare     the paper's numbers beside ours
show        the figures
preprocess  the blocks of the survey's Fig. 1
volumes     NIfTI volumes in the patient's coordinates
metrics     how good, and how sure
alignment   images laid onto each other
models      networks that a lesson writes out and later lessons use
training    quick, seeded fits
detection   boxes, marks, FROC, and a small Faster R-CNN
results     the checklists of lessons 03 and 10

Each loads when first used, so the import itself is quick. Simulated images are in course_utils.simulate, the anatomy
of lesson 12 in course_utils.gray_matter, and what makes the course in course_utils.authoring.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

_MODULES = (
    "alignment", "data", "detection", "metrics", "models", "preprocess", "results", "show", "training", "volumes",
)  # fmt: skip
_FUNCTIONS = {
    "audit": "leakage",
    "card": "data",
    "check": "exercises",
    "compare": "results",
    "device": "runtime",
    "doctor": "checkup",
    "load": "data",
    "progress": "exercises",
    "start": "runtime",
}

__all__ = [*_MODULES, *_FUNCTIONS]


def __getattr__(name):
    if name in _MODULES:
        return _import_module(f"{__name__}.{name}")
    if name in _FUNCTIONS:
        return getattr(_import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)
    raise AttributeError(f"course_utils has no {name!r}; it has {', '.join(sorted(__all__))}")


def __dir__():
    return sorted(__all__)
