"""What a lesson teaches, as Python objects: the tests hold it to the packaged twin and to the libraries."""

import ast
from contextlib import suppress

import nbformat

from course_utils.authoring import lessons


def taught(lesson: str, **scope) -> dict:
    """The functions, classes and literal constants of a lesson by name, run from its cells with their imports.

    Exercises are left out; of a name that comes twice the first counts. scope: what the lesson computes and a function
    needs; it comes before the lesson's own. A function whose default value is missing there is left out. Nothing else
    of the lesson runs.
    """
    cells = nbformat.read(lessons.find(lesson)[0], as_version=4).cells
    code = [
        c.source for c in cells[2:] if c.cell_type == "code" and "cu.check(" not in c.source
    ]
    for part in (part for source in code for part in ast.parse(source).body):
        match part:
            case ast.Import() | ast.ImportFrom():
                names = set()
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names = {name}
            case ast.Assign(targets=[ast.Name(id=name)]) if name.isupper() and _literal(
                part.value
            ):
                names = {name}
            case _:
                continue
        if not names & scope.keys():
            with suppress(NameError):
                exec(compile(ast.Module([part], []), f"lesson {lesson}", "exec"), scope)
    return scope


def _literal(value) -> bool:
    return not any(isinstance(part, (ast.Name, ast.Call)) for part in ast.walk(value))
