"""The package as a whole: quick to import, layered, and described the same way everywhere."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

import course_utils as cu
from course_utils.authoring import lessons, pages

ROOT = lessons.ROOT
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_a_lesson_sees_what_it_calls_and_nothing_else():
    listed = re.findall(r"^([a-z]+)  +\S", cu.__doc__, re.M)
    assert sorted(listed) == dir(cu), "the list in course_utils/__init__.py"
    called = set()
    for path in lessons.find():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(c["source"]) for c in cells)
        called |= set(re.findall(r"\bcu\.(\w+)", code))
    assert called | {"card", "data"} == set(dir(cu))  # these are for who asks


def test_import_is_quick_and_loads_no_heavy_library():
    code = (
        "import sys, time; t = time.perf_counter(); import course_utils; t = time.perf_counter() - t;"
        "print(t, *[m for m in ('torch', 'fastai', 'matplotlib', 'numpy') if m in sys.modules])"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
        for _ in range(3)
    ]
    seconds, *heavy = min(runs, key=lambda r: float(r.split()[0])).split()
    assert float(seconds) < 0.3 and not heavy


def pins():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(
        line.lower().replace("_", "-").split("==") for line in lines if line and line[0] != "#"
    )


def requirements(extra=()):
    found = [*PROJECT["dependencies"]]
    for name in extra:
        found += PROJECT["optional-dependencies"][name]
    return [Requirement(r) for r in found]


def test_constraints_pin_every_requirement_within_its_range():
    exact = pins()
    for need in requirements(PROJECT["optional-dependencies"]):
        assert exact[need.name.lower()] in need.specifier, need


def colab():
    """Package -> version on Colab, as far as the course touches it."""
    lines = (ROOT / "constraints-colab.txt").read_text().splitlines()
    return dict(line.lower().replace("_", "-").split("==") for line in lines if line[0] != "#")


@pytest.mark.parametrize("name", [r.name for r in requirements() if r.name in colab()])
def test_colab_versions_satisfy_the_ranges(name):
    need = next(r for r in requirements() if r.name == name)
    assert Version(colab()[name]) in need.specifier, "Colab would change this package"


def test_only_known_packages_are_missing_on_colab():
    missing = {r.name for r in requirements()} - set(colab())
    assert missing == {
        "highdicom",
        "medmnist",
        "nilearn",
        "onnx",
        "onnxruntime",
        "pydicom",
    }


def test_environment_yml_installs_what_pyproject_says():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda, pip = environment["dependencies"][:-1], environment["dependencies"][-1]["pip"]
    assert conda == [f"python{PROJECT['requires-python']}", "pip"]
    extras = re.fullmatch(r"--editable \.\[(.+)\]", pip[1])[1].split(",")
    assert pip[0] == "--constraint constraints.txt" and set(extras) == set(
        PROJECT["optional-dependencies"]
    )
    assert "[lab,book,test]" in (ROOT / "Makefile").read_text()


def test_repository_stands_in_one_place(tmp_path, monkeypatch):
    url = PROJECT["urls"]["Repository"]
    assert lessons.repository() == url
    config = yaml.safe_load((ROOT / "book" / "_config.yml").read_text())
    assert config["repository"]["url"] == url
    for path in [
        *ROOT.glob("course_utils/**/*.py"),
        *ROOT.glob("tests/**/*.py"),
        ROOT / "Makefile",
    ]:
        assert url not in path.read_text(encoding="utf-8"), path


def test_another_repository_reaches_every_place(tmp_path, monkeypatch):
    import shutil

    for name in ("pyproject.toml", "CITATION.cff", "notebooks", "book"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(lessons, "ROOT", tmp_path)
    monkeypatch.setattr(lessons, "NOTEBOOKS", tmp_path / "notebooks")
    old = lessons.repository()
    lessons.stamp("somebody/my-course")
    assert lessons.repository() == "https://github.com/somebody/my-course"
    for path in [tmp_path / "CITATION.cff", tmp_path / "book" / "_config.yml", *lessons.find()]:
        text = path.read_text(encoding="utf-8")
        assert (
            "somebody/my-course" in text and old.removeprefix("https://github.com/") not in text
        )
    with pytest.raises(ValueError, match="owner/name"):
        lessons.stamp("https://github.com/a/b")


def test_every_make_target_has_its_line_of_help():
    text = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", text, re.M)[1].split()
    for target in targets:
        assert re.search(rf"^{target}:.*  ## .+", text, re.M), target


@pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("make"), reason="no make with a Unix shell here"
)
@pytest.mark.parametrize(("user", "allowed"), [("0", True), ("1000", False)])
def test_make_lab_opens_the_first_lesson_for_root_too(tmp_path, user, allowed):
    who = tmp_path / "id"
    who.write_text(f"#!/bin/sh\necho {user}\n")
    who.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    command = ["make", "--dry-run", "--assume-old=.venv/ready", "lab"]
    said = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PATH": path}, capture_output=True, text=True
    ).stdout
    assert "notebooks/00_start_here.ipynb" in said and ("--allow-root" in said) == allowed


def test_readme_intro_and_lesson_00_list_the_lessons(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make lab" in text and "make test" in text and "make hello" in text
    start, *_ = lessons.find()
    listed = ROOT / "README.md", ROOT / "book" / "intro.md", start
    count = f"The course has {len(lessons.find())} lessons"
    copies = [tmp_path / page.name for page in listed]
    for page, copy in zip(listed, copies, strict=True):  # an old one is brought up to date
        old = page.read_text(encoding="utf-8").replace(count, "The course has 3 lessons")
        old = old.replace("Can 65 radiographs be enough", "What else")
        copy.write_text(old, encoding="utf-8")
    pages.listing(lessons.find(), *copies)
    for page, copy in zip(listed, copies, strict=True):
        fresh = copy.read_text(encoding="utf-8")
        assert fresh == page.read_text(encoding="utf-8"), f"{page.name}: run `make scoreboard`"
        assert page == start or count in " ".join(fresh.split()), page
        link = ":link: ../notebooks/{}\n" if page.name == "intro.md" else "{}.ipynb)**<br>"
        assert all(link.format(path.stem) in fresh for path in lessons.find()), page


def test_public_functions_are_documented():
    for path in (ROOT / "course_utils").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith(
                "_"
            ):
                if path.parent.name != "exercises" or path.name == "__init__.py":
                    assert ast.get_docstring(node), f"{path.name}: {node.name}"


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda p: p.name
)
def test_workflows_are_valid_and_need_no_secret(path):
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow[True] and "secrets." not in text  # YAML reads the key `on` as True
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert steps and all("uses" in step or "run" in step for step in steps)
    for target in re.findall(r"make ([a-z]+)", text):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M)


def test_header_names_the_package_of_a_set_without_files():
    about = {"title": "T", "question": "Q?", "objectives": ["a"], "needs": [], "data": ["mni152", "pam50"], "work": "",
             "minutes": {"read": 1, "run": 1, "exercises": 1}}  # fmt: skip
    text = lessons.header({"metadata": {"course": about}}, "13_x.ipynb")
    assert "comes with nilearn" in text and "1.3 MB" in text and " 0.0 MB" not in text
