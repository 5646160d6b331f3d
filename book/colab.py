"""Make the notebooks for Colab: `python book/colab.py FOLDER`. Needs the standard library only.

Colab shows a notebook far from the files beside it, so a link to another lesson or to a page of the book has to be
whole there. It folds the code of a solution and not its output, so that output goes. The workflow "book" publishes what
this script writes as the branch `colab`, and the badges point to it.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(
    r"(\]\()(?!https?:|mailto:|#)([^)\s]+)\)"
)  # also round a picture: [![...](...)](...)


def whole(link: str, repository: str) -> str:
    """The whole address of a link that stands in a notebook. repository: https://github.com/OWNER/NAME."""
    owner, name = repository.removeprefix("https://github.com/").split("/")
    path, mark, anchor = link.partition("#")
    parts = [part for part in path.split("/") if part != ".."]
    if path.endswith(".ipynb"):
        colab = "https://colab.research.google.com/github"
        return f"{colab}/{owner}/{name}/blob/colab/notebooks/{parts[-1]}{mark}{anchor}"
    if path.endswith((".svg", ".png", ".jpg")):
        return f"https://raw.githubusercontent.com/{owner}/{name}/main/{'/'.join(parts)}"
    if path.startswith("../book/") and path.endswith(".md"):
        page = "/".join(parts).removesuffix(".md")
        return f"https://{owner}.github.io/{name}/{page}.html{mark}{anchor}"
    return f"{repository}/blob/main/{'/'.join(parts)}{mark}{anchor}"


def rewrite(text: str, repository: str) -> str:
    """Markdown with whole links."""
    return LINK.sub(lambda found: f"{found[1]}{whole(found[2], repository)})", text)


def main(folder: str) -> None:
    """Write every lesson to `folder`/notebooks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    target = Path(folder) / "notebooks"
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = rewrite("".join(cell["source"]), project["urls"]["Repository"])
            elif "solution" in cell["metadata"].get("tags", []):
                cell["outputs"] = []
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
        (target / path.name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
