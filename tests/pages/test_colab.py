"""On Colab a notebook stands alone: every link in it is whole, and leads to what the course publishes."""

import json
import re

import colab
import pytest
import yaml

from course_utils.authoring import lessons

SLUG = lessons.repository().removeprefix("https://github.com/")
OWNER, NAME = SLUG.split("/")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colab")
    colab.main(str(folder))
    return sorted((folder / "notebooks").iterdir())


def test_every_lesson_is_made_with_other_links_and_no_solved_output(made):
    sources = sorted(lessons.NOTEBOOKS.glob("*.ipynb"))
    assert [p.name for p in made] == [p.name for p in sources]
    for one, two in zip(made, sources, strict=True):
        new, old = (json.loads(p.read_text(encoding="utf-8")) for p in (one, two))
        for cell, before in zip(new["cells"], old["cells"], strict=True):
            if before["cell_type"] == "markdown":
                cell["source"] = before["source"]
            elif "solution" in before["metadata"].get("tags", []):
                assert cell["outputs"] == []  # Colab folds the code of a cell alone
                cell["outputs"] = before["outputs"]
        assert new == old


def test_every_link_is_whole_and_its_target_is_published(made):
    toc = yaml.safe_load((lessons.ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
    pages = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    seen = set()
    for path in made:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            assert link.startswith(("https://", "http://", "#")), (path.name, link)
            if page := re.match(rf"https://{OWNER}\.github\.io/{NAME}/(.+)\.html", link):
                assert page[1] in pages
                seen.add("page")
            if lesson := re.match(rf".*/{SLUG}/blob/colab/(notebooks/.+\.ipynb)", link):
                assert (lessons.ROOT / lesson[1]).exists()
                seen.add("lesson")
            if image := re.match(rf"https://raw\.\w+\.com/{SLUG}/main/(.+)", link):
                assert (lessons.ROOT / image[1]).exists()
                seen.add("image")
    assert seen == {"page", "lesson", "image"}


def test_a_link_elsewhere_stays():
    text = "[a](https://x.org/y) [b](#here) [c](mailto:me)"
    assert colab.rewrite(text, lessons.repository()) == text
    card = colab.rewrite(
        "[![a](../book/_static/b.jpg)](07_c.ipynb)", "https://github.com/me/mine"
    )
    assert card == (
        "[![a](https://raw.githubusercontent.com/me/mine/main/book/_static/b.jpg)]"
        "(https://colab.research.google.com/github/me/mine/blob/colab/notebooks/07_c.ipynb)"
    )
    assert colab.rewrite("[d](../README.md#start)", "https://github.com/me/mine") == (
        "[d](https://github.com/me/mine/blob/main/README.md#start)"
    )
