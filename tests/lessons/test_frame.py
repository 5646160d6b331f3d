"""Every lesson keeps the frame that readers rely on: same parts, short cells, saved and honest outputs."""

import ast
import re
from collections import Counter

import nbformat
import numpy as np
import pytest
from markdown_it import MarkdownIt

from course_utils.authoring import lessons
from course_utils.data import fetch
from course_utils.exercises import names

PATHS = sorted(lessons.NOTEBOOKS.glob("*.ipynb"))
SECTIONS = (
    "What the paper found",
    "Take-away",
    "Exercise 1",
    "Exercise 2",
    "Exercise 3",
    "Quiz",
    "Where to go next",
)
CELLS, WORDS, LINES, MEDIAN = 70, 3500, 12, 8  # most in a lesson
DIALECT = r"by lots?|brakes?|doubles|committees?|tough\w*|flatter\w*|dialect|ceilings?"
QUOTED = 30  # pictures of a set that may be quoted, not passed on
OF_LESSONS = {
    "test_a_solution_comes_after_two_hints",
    "test_sections_in_their_order",
    "test_a_live_widget_has_a_static_twin",
    "test_reader_predicts_and_finds_folded_answers",
    "test_exercises_have_stub_check_and_solution",
    "test_quiz_has_four_questions_with_one_right_answer_each",
    "test_record_beside_the_paper",
}
# The answer to a question for a number; book/_static/live.js makes a field of it.
NUMERIC = re.compile(r"</summary>\s*✓ (-?\d[\d.]*), give or take ([\d.]*\d)\. ")
IGNORED = 3  # cells whose output differs from run to run: the start line, a widget, one more


def pytest_generate_tests(metafunc):
    """Each test goes through all notebooks, or the lessons alone: an extra (90 and up) has no paper and no quiz."""
    if "lesson" in metafunc.fixturenames:
        paths = lessons.find() if metafunc.function.__name__ in OF_LESSONS else PATHS
        metafunc.parametrize("lesson", paths, ids=[p.stem for p in paths], indirect=True)


@pytest.fixture
def lesson(request):
    notebook = nbformat.read(request.param, as_version=4)
    notebook.path = request.param
    return notebook


def code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def tagged(cell, tag):
    return tag in cell.metadata.get("tags", [])


def is_exercise(cell):
    return "cu.check(" in cell.source


def visible_lengths(notebook):
    """Lines that are not empty, of each code cell that JupyterLab does not fold; the set-up cell is not counted."""
    return [
        len([line for line in c.source.split("\n") if line.strip()])
        for c in code_cells(notebook)[1:]
        if not c.metadata.get("jupyter", {}).get("source_hidden")
    ]


def test_a_lesson_is_short(lesson):
    lengths = visible_lengths(lesson)
    assert len(lesson.cells) <= CELLS
    assert len(prose(lesson).split()) <= WORDS
    assert max(lengths) <= LINES and np.median(lengths) <= MEDIAN, sorted(lengths)
    for cell in code_cells(lesson):
        assert len(re.findall(r"^ *def ", cell.source, re.M)) <= 2, cell.source


def test_a_lesson_speaks_the_language_of_the_field(lesson):
    found = re.findall(rf"\b({DIALECT})\b", prose(lesson), re.I)
    assert not found


def test_sections_that_a_class_may_leave_out_say_so(lesson):
    for cell in lesson.cells:
        assert tagged(cell, "extra") == cell.source.startswith("## Extra: "), cell.source[:40]


def test_a_solution_comes_after_two_hints(lesson):
    assert prose(lesson).count("<summary>Second hint</summary>") == 3


def test_there_are_lessons_and_nothing_else():
    assert PATHS
    others = [
        p.name
        for p in lessons.NOTEBOOKS.iterdir()
        if not re.fullmatch(r"\d\d_\w+\.ipynb|\..*", p.name)
    ]
    assert not others


def test_header_and_setup_are_the_generated_ones(lesson):
    assert lesson.cells[0].source == lessons.header(lesson, lesson.path.name), (
        "run `make outputs`"
    )
    assert lesson.cells[1].source == lessons.SETUP.format(repository=lessons.repository())
    assert lesson.cells[1].metadata.tags == ["hide-input"]
    start = lesson.cells[2]
    assert f'cu.start("{lesson.path.name[:2]}")' in start.source
    assert tagged(start, "nbval-ignore-output")


def test_box_says_what_a_reader_wants_to_know(lesson):
    about = lesson.metadata.course
    assert 3 <= len(about.objectives) <= 4
    assert about.question.endswith("?")
    assert {"read", "run", "exercises"} == set(about.minutes)
    assert about.minutes.run <= 1.5


def test_metadata_names_every_data_set_that_is_loaded(lesson):
    loaded = {
        m for c in code_cells(lesson) for m in re.findall(r'cu\.load\(\s*"(\w+)"', c.source)
    }
    assert loaded == set(lesson.metadata.course.data)


def test_saved_outputs_are_complete_and_clean(lesson):
    cells = [c for c in code_cells(lesson) if c.source.strip()]
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1)), (
        "run `make outputs`"
    )
    for cell in cells:
        for out in cell.outputs:
            assert out.output_type != "error", cell.source
            assert out.get("name") != "stderr", f"stderr is saved: {out.get('text')}"
            text = str(out.get("data", out))
            assert not re.search(r"(/home/|/root/|/tmp/|/work/|C:\\\\Users)", text), (
                "a path of one computer"
            )
    assert "SIMULATED" not in str([c.outputs for c in cells]), (
        "outputs are saved from real data only"
    )


def test_ids_are_unique_across_the_course():
    ids = [c.id for p in PATHS for c in nbformat.read(p, as_version=4).cells]
    assert len(ids) == len(set(ids))


def test_a_result_is_on_screen_early(lesson):
    assert any(c.outputs for c in code_cells(lesson)[2:5])


def test_cells_are_short_and_explained(lesson):
    row = 0
    for cell in lesson.cells:
        row = row + 1 if cell.cell_type == "code" else 0
        assert row <= 2, f"three code cells in a row: {cell.source[:60]}"
        # JupyterLab folds a cell by `source_hidden`; the tag alone hides it in the book only.
        hidden = tagged(cell, "hide-input") or tagged(cell, "hide-cell")
        folded = hidden and cell.metadata.get("jupyter", {}).get("source_hidden")
        if cell.cell_type == "code" and not folded:
            lines = [line for line in cell.source.split("\n") if line.strip()]
            assert len(lines) <= 25, f"{len(lines)} lines in: {lines[0]}"


def test_file_is_small_enough_for_github_and_colab(lesson):
    assert lesson.path.stat().st_size < 2_500_000


def test_few_outputs_are_ignored_and_none_by_comment(lesson):
    cells = code_cells(lesson)
    assert sum(tagged(c, "nbval-ignore-output") for c in cells) <= IGNORED
    assert not any("NBVAL_" in c.source or tagged(c, "nbval-skip") for c in cells)


def test_sections_in_their_order(lesson):
    titles = re.findall(r"^## (.+)$", prose(lesson), re.M)
    places = [
        next((i for i, t in enumerate(titles) if t.startswith(s)), None) for s in SECTIONS
    ]
    assert None not in places, (
        f"missing: {[s for s, p in zip(SECTIONS, places, strict=True) if p is None]}"
    )
    assert places == sorted(places)
    levels = [len(m) for m in re.findall(r"^(#+) ", prose(lesson), re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), (
        "a heading level is skipped"
    )


def test_reader_predicts_and_finds_folded_answers(lesson):
    text = prose(lesson)
    assert text.count("**Predict before you run.**") >= 2
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<summary>Hint</summary>") == 3


def test_a_live_widget_has_a_static_twin(lesson):
    source = "\n".join(c.source for c in code_cells(lesson))
    assert re.search(r"cu\.show\.upload|interact\(|widgets\.", source)
    assert "cu.show.slider(" in source or "cu.show.grid(" in source
    for cell in code_cells(lesson):
        if any(
            "application/vnd.jupyter.widget-view+json" in o.get("data", {})
            for o in cell.outputs
        ):
            assert tagged(cell, "remove-output"), "in the book a live widget would be dead"


def test_figures_have_words_and_a_source(lesson):
    """Each picture carries a description; cells that draw images name their source."""
    for cell in code_cells(lesson):
        for out in cell.outputs:
            data = out.get("data", {})
            if "image/png" in data:
                assert len(out.metadata["image/png"]["alt"]) > 20
                assert data["text/plain"].startswith("Figure: ")
        if "cu.show.grid(" in cell.source:
            assert "source=" in cell.source


def test_little_is_shown_of_a_set_that_is_only_quoted(lesson):
    shown = Counter()
    for cell in code_cells(lesson):
        for out in cell.outputs:
            for about in out.get("metadata", {}).values():  # of a figure or a slider
                for name in about.get("sets", ()) if isinstance(about, dict) else ():
                    shown[name] += about["images"]
    for name, images in shown.items():
        assert fetch.entry(name)["show"] == "free" or images <= QUOTED, (name, images)


def test_exercises_have_stub_check_and_solution(lesson):
    number = lesson.path.name[:2]
    assert names(number) == [f"{number}.{i}" for i in (1, 2, 3)]
    cells = [c for c in code_cells(lesson) if is_exercise(c)]
    stubs, solutions = cells[::2], cells[1::2]
    assert len(stubs) == len(solutions) == 3
    for stub, solution in zip(stubs, solutions, strict=True):
        assert tagged(solution, "solution") and not tagged(stub, "solution")
        # Its output would tell the answer, too: hidden in the book by the tag, in JupyterLab by the other.
        assert tagged(solution, "hide-cell") and solution.metadata.jupyter.outputs_hidden
        assert (
            solution.source.startswith("# @title Solution")
            and solution.metadata.jupyter.source_hidden
        )
        assert "..." in stub.source and stub.outputs[0].text.startswith("○")
        assert solution.outputs[-1].text.splitlines()[-1].startswith("✓")
        assert stub.source.split("cu.check(")[1] == solution.source.split("cu.check(")[1]


def test_what_is_said_after_a_solution_is_folded(lesson):
    # it names the answer, and would stand under the question
    for cell, after in zip(lesson.cells, lesson.cells[1:], strict=False):
        if tagged(cell, "solution") and after.cell_type == "markdown":
            assert re.match(r"## |<details>", after.source), after.source[:60]


def test_quiz_has_four_questions_with_one_right_answer_each(lesson):
    quiz = prose(lesson).split("## Quiz")[1].split("\n## ")[0]
    questions = re.split(r"^\*\*\d\. ", quiz, flags=re.M)[1:]
    assert len(questions) == 4
    numeric = [question for question in questions if NUMERIC.search(question)]
    assert len(numeric) <= 1
    for question in questions:
        answers = re.findall(r"</summary>\s*([✓✗])", question)
        assert answers.count("✓") == 1
        assert len(answers) == 1 if question in numeric else len(answers) >= 3


def test_the_number_that_a_quiz_asks_for_stands_in_an_output(lesson):
    said = " ".join(str(cell.outputs) for cell in code_cells(lesson))
    for number, either_way in NUMERIC.findall(prose(lesson)):
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\.?\d)", said), number
        assert 0 < float(either_way) < abs(float(number))


def test_lessons_07_and_10_ask_for_a_number():
    asked = {p.stem[:2] for p in PATHS if NUMERIC.search(prose(nbformat.read(p, as_version=4)))}
    assert asked >= {"07", "10"}


def test_record_beside_the_paper(lesson):
    from course_utils.authoring import pages

    rows = pages.records(lesson.path)
    assert rows and all(r["lesson"] == lesson.path.name[:2] for r in rows)
    assert all(r["work"] == lesson.metadata.course.work for r in rows)


def test_bold_ends_where_markdown_lets_it_end(lesson):
    """After a bracket, two stars that a letter follows are shown as stars."""
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"[)\].!?]\*\*\w", cell.source), cell.source[:80]


def test_no_table_is_unstacked_unsorted(lesson):
    # pandas before 3 puts the values in the wrong places
    assert not [c.source for c in code_cells(lesson) if "unstack(sort=False)" in c.source]


def test_a_bold_line_is_bold_to_its_end(lesson):
    # "T2*" in bold needs a backslash, else the bold ends there
    for line in re.findall(r"^\*\*.+\*\*$", prose(lesson), re.M):
        html = MarkdownIt().renderInline(line)
        assert html.startswith("<strong>") and html.endswith("</strong>"), line


def test_a_folded_title_holds_no_backticks(lesson):
    # inside HTML Markdown is not read
    assert not re.findall(r"<summary>[^<]*`.*", prose(lesson))


def test_the_name_of_a_function_stays_its_own(lesson):
    """A slider calls its function long after the cells below have run."""
    functions = set()
    for cell in code_cells(lesson):
        if cell.source.startswith("# On Colab"):
            continue
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef):
                functions.add(node.name)
                continue
            inside = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
            own = [part for part in ast.walk(node) if isinstance(part, inside)]
            own = {leaf for part in own for leaf in ast.walk(part)}
            names = {n for n in ast.walk(node) if isinstance(n, ast.Name)} - own
            stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
            assert not stored & functions, cell.id
