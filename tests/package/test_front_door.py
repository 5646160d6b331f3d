"""The files by which other programs know the repository: citation, issue forms, editors, containers, Binder."""

import configparser
import json
import re
import tomllib

import pytest
import yaml

import course_utils
from course_utils.authoring import lessons

ROOT = lessons.ROOT
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[a-z]*.yml"))


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_says_what_the_project_says():
    cite = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    needed = {"cff-version", "message", "title", "authors", "type", "version"}
    assert cite["cff-version"] == "1.2.0" and needed < set(cite) and cite["type"] == "software"
    assert all(
        set(author) <= {"name", "given-names", "family-names"} for author in cite["authors"]
    )
    assert cite["version"] == project()["version"] == course_utils.__version__
    assert cite["repository-code"] == project()["urls"]["Repository"] == lessons.repository()
    assert " AND ".join(cite["license"]) == project()["license"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", cite["date-released"])


@pytest.mark.parametrize("path", [p for p in FORMS if p.stem != "config"], ids=lambda p: p.stem)
def test_an_issue_form_has_what_github_asks_for(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(form) == {"name", "description", "body"} and form["description"].endswith(".")
    ids = [item["id"] for item in form["body"]]
    assert len(set(ids)) == len(ids) > 1
    for item in form["body"]:
        assert item["type"] in ("input", "textarea") and len(item["attributes"]["label"]) > 5
        assert set(item) <= {"type", "id", "attributes", "validations"}
        assert set(item["attributes"]) <= {"label", "description", "placeholder", "render"}


def test_containers_use_commands_and_files_that_are_there():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    made = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert container["postCreateCommand"].removeprefix("make ") in made
    least = project()["requires-python"].removeprefix(">=")
    assert container["image"].endswith(f":{least}")
    binder = ROOT / ".binder"
    assert (binder / "runtime.txt").read_text().strip() == f"python-{least}"
    asked = (binder / "requirements.txt").read_text().split()
    assert (
        binder / asked[asked.index("--constraint") + 1]
    ).resolve() == ROOT / "constraints.txt"
    extras = re.fullmatch(r"\.\[(.+)\]", asked[asked.index("--editable") + 1])[1].split(",")
    assert set(extras) <= set(project()["optional-dependencies"])


def test_editors_and_hooks_follow_ruff():
    width = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["line-length"]
    text = (ROOT / ".editorconfig").read_text(encoding="utf-8").replace("root = true", "", 1)
    editor = configparser.ConfigParser()
    editor.read_string(text)
    assert int(editor["*.py"]["max_line_length"]) == width
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"], "no hook is fetched"
    for hook in hooks[0]["hooks"]:
        assert hook["entry"].startswith(".venv/bin/python -m ") and hook["language"] == "system"
        for word in re.findall(r"\btests/\S+", hook["entry"]):
            assert (ROOT / word).is_file()


def test_the_changelog_tells_of_the_last_lesson():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## (.+)", text, re.M)[0]
    assert lessons.find()[-1].name[:2] in newest
