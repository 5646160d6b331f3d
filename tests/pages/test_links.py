"""Every link in README, book and notebooks leads to a file and a heading; addresses on the web are well-formed."""

import re
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from local_server import Fault, LocalServer
from markdown_it import MarkdownIt

from course_utils.authoring import lessons

ROOT = lessons.ROOT
READ = MarkdownIt().enable("table")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "book").rglob("*.md"), *lessons.NOTEBOOKS.glob("*.ipynb")]
)
RUN = """import sys, links, pathlib
here = pathlib.Path(sys.argv[1])
sys.exit(links.check(here, here / "build"))"""
HTTP_ONLY = {"incompleteideas.net"}


def markdown(path):
    """A page as Markdown text, or that of a notebook's cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = nbformat.reads(text, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def links(text):
    """Targets of the links and images of a Markdown text, as Markdown reads them, and of its HTML."""
    tokens = READ.parse(text)
    tokens += [child for token in tokens for child in token.children or []]
    found = [token.attrs.get("href") or token.attrs.get("src") for token in tokens]
    for token in tokens:
        if token.type.startswith("html"):
            found += re.findall(r"""\b(?:href|src)=["']([^"']+)""", token.content)
    return [unquote(link) for link in found if link]


def anchors(path):
    """The names that GitHub and the book give to the headings of a page."""
    titles = re.findall(r"^#{1,6} (.+)$", markdown(path), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def astray(path, link):
    """What is wrong with a link that stands in the page of this path, or nothing."""
    target = urlsplit(link)
    if target.scheme or target.netloc:
        if target.scheme != "https" and target.netloc not in HTTP_ONLY:
            return "not https"
        if target.netloc == "doi.org" and not re.fullmatch(r"/10\.\d{4,9}/\S+", target.path):
            return "no DOI"
        if target.netloc == "arxiv.org" and not re.fullmatch(
            r"/abs/\d{4}\.\d{4,5}", target.path
        ):
            return "no arXiv number"
        return None if re.fullmatch(r"[\w-]+(\.[\w-]+)+", target.netloc) else "no host"
    file = (path.parent / target.path).resolve() if target.path else path
    if not file.exists() or ROOT not in file.parents:
        return "no such file in the repository"
    if target.fragment and target.fragment not in anchors(file):
        return "no such heading"
    return None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_link_leads_somewhere(path):
    wrong = {link: why for link in links(markdown(path)) if (why := astray(path, link))}
    assert not wrong


def test_the_pages_have_links():
    assert len({link for path in PAGES for link in links(markdown(path))}) > 150


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("book/nowhere.md", "no such file in the repository"),
        ("../elsewhere.md", "no such file in the repository"),
        ("README.md#no-such-part", "no such heading"),
        ("#no-such-part", "no such heading"),
        ("http://arxiv.org/abs/1505.04597", "not https"),
        ("https://arxiv.org/abs/150504597", "no arXiv number"),
        ("https://doi.org/1016/j", "no DOI"),
        ("https://doi", "no host"),
        ("README.md#start", None),
        ("https://doi.org/10.1016/S1361-8415(98)80026-8", None),
    ],
)
def test_a_link_astray_is_found(link, why):
    assert astray(ROOT / "README.md", link) == why


def test_links_are_read_as_markdown_reads_them():
    text = '[![a](one.png)](two.md) `[c](no.md)` [d](https://doi.org/10.1/a(98)3)\n\n<img src="3.png">'
    assert set(links(text)) == {
        "one.png",
        "two.md",
        "https://doi.org/10.1/a(98)3",
        "3.png",
    }


def test_a_link_that_is_gone_is_told_from_one_refused_to_a_program(tmp_path):
    gone, refused, fine = "gone.html", "refused.html", "fine.html"
    server = LocalServer({fine: b"here", refused: b"here"})
    server.fail(refused, [Fault(status=403)] * 9)
    text = "# A page\n\n" + " ".join(f"[a]({server.url}{p})" for p in (gone, refused, fine))
    (tmp_path / "page.md").write_text(text)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (tmp_path / "_config.yml").write_text("title: A book\n")
    try:
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(tmp_path)],
            cwd=ROOT / "book",
            capture_output=True,
            text=True,
        )
    finally:
        server.stop()
    last = done.stdout.splitlines()[-3:]
    assert [line.partition(" in ")[0] for line in last[:2]] == [
        f"refused: {server.url}{refused}",
        f"BROKEN: {server.url}{gone}",
    ], done.stdout + done.stderr
    assert last[2] == "1 broken links, 1 refused to a program." and done.returncode == 1
