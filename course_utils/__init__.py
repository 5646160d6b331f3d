"""The helper package of the course "Deep Learning in Medical Image Processing".

    import course_utils as cu
    cu.start("07")                       # seed, threads, figure style
    films = cu.load("chest_abdomen")     # real images, or announced stand-ins where there is no network

Submodules load when first used, so the import itself is quick.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

_MODULES = (
    "checkup",
    "cli",
    "data",
    "exercises",
    "lessons",
    "metrics",
    "models",
    "preprocess",
    "results",
    "runtime",
    "show",
    "simulate",
    "slides",
    "training",
    "volumes",
)
_FUNCTIONS = {
    "card": "data",
    "check": "exercises",
    "compare": "results",
    "device": "runtime",
    "doctor": "checkup",
    "load": "data",
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
