"""The command line: `python -m course_utils COMMAND`."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys

EXAMPLES = """examples:
  python -m course_utils doctor                    is this computer ready?
  python -m course_utils download medmnist idrid   fetch two data sets
  python -m course_utils download --all            fetch all of them, 240 MB
  python -m course_utils mirror /media/usb/course  a copy for a room without network
  python -m course_utils cards thyroid_ddti        what is in it, and what is wrong with it
  python -m course_utils hello                     run lesson 07 without a browser

exit codes: 0 all is well; 1 something could not be done, and the last lines say what; 2 wrong arguments; 130 Ctrl-C
(what was fetched until then is kept)."""


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    top = argparse.ArgumentParser(
        prog="python -m course_utils",
        description="Tools of the course Deep Learning in Medical Image Processing.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, what):
        return commands.add_parser(name, help=what, description=what)

    new = command("download", "fetch data sets into the cache and verify them")
    new.add_argument("names", nargs="*", metavar="NAME", help="data sets, e.g. medmnist idrid")
    new.add_argument("--all", action="store_true", help="all of them")
    new = command("mirror", "write a folder that serves as the network in a classroom")
    new.add_argument("folder", metavar="DIR", help="e.g. a USB stick")
    new.add_argument("names", nargs="*", metavar="NAME", help="data sets; all without a name")
    new.add_argument(
        "--all", action="store_true", help="also the course, its packages, slides and editions"
    )
    command("progress", "show which exercises you have solved")
    command("doctor", "check this computer: versions, memory, disk, device, data, network")
    new = command("cards", "show data cards: source, licence, labels, known flaws")
    new.add_argument("names", nargs="*", metavar="NAME", help="data sets; all without a name")
    new.add_argument("--book", action="store_true", help="write the book's page of data cards")
    new = command("hello", "run a lesson without a browser")
    new.add_argument("lesson", nargs="?", default="07", metavar="LESSON", help="07 without it")
    new = command("outputs", "run lessons anew and save their outputs")
    new.add_argument("lesson", nargs="?", default="", metavar="LESSON", help="all without it")
    new = command("bands", "measure how far the numbers of a lesson move, and save it")
    new.add_argument("lesson", nargs="?", default="", metavar="LESSON", help="all without it")
    new.add_argument("--quick", action="store_true", help="without the two slowest runs")
    command("verified", "write the book's page of what was verified where")
    command("scoreboard", "write the scoreboard, its picture, and the cards of the lessons")
    new = command("slides", "make slides of the lessons that have some, into build/slides")
    new.add_argument("lesson", nargs="?", default="", metavar="LESSON", help="all without it")
    new = command("repo", "write another repository into badges, set-up cells and book")
    new.add_argument("slug", metavar="OWNER/NAME")
    return top


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code. Errors become plain text on stderr, never a traceback."""
    from . import switches
    from .data import fetch

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal may lack a letter
    options = parser().parse_args(arguments)
    try:
        if options.command != "doctor":  # it says which are no whole paths
            switches.pin()
        return _run(options) or 0
    except KeyboardInterrupt:
        print("\nStopped. What was fetched and verified is kept.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `... cards | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        print(
            f"The package {error.name} is missing in this Python ({sys.executable}). Run `make setup`, and take "
            "the Python that it makes: .venv/bin/python",
            file=sys.stderr,
        )
        return 1
    except (fetch.UnknownDataset, ValueError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:
        if type(error).__name__ != "CellExecutionError":
            raise
        print(failed_cell(error), file=sys.stderr)
        return 1


def failed_cell(error) -> str:
    """What a reader needs of nbclient's CellExecutionError: the cell, the error, then where in the cell it was."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    found = re.search(r"^-{18}\n(.*?)\n-{18}$", text, re.M | re.S)
    cell = "\n".join(
        f"    {line}".rstrip() for line in (found[1] if found else text).splitlines()
    )
    line = re.findall(r"^-+> *([0-9]+) (.*)$", text, re.M)
    where = f"\nin its line {line[0][0]}: {line[0][1].strip()}" if line else ""
    return (
        f"The lesson stopped in this cell:\n\n{cell}\n\nwith {error.ename}: {error.evalue}{where}\n\n"
        "Open the lesson with `make lab` to look into it; `python -m course_utils doctor` checks this computer."
    )


def _run(options) -> int | None:
    from .data import cards, fetch

    known = list(fetch.catalog())
    for name in getattr(options, "names", []):
        fetch.entry(name)  # a wrong name stops everything before the first byte
    match options.command:
        case "download":
            if bool(options.names) == options.all:
                print(
                    "Name some data sets, or say --all. There are:",
                    ", ".join(known),
                    file=sys.stderr,
                )
                return 2
            for name in known if options.all else options.names:
                count = len(fetch.files(name))
                what = (
                    f"{count} files, {fetch.megabytes(name):.1f} MB, verified"
                    if count
                    else "comes with a package"
                )
                print(f"[ok] {name}: {what}", flush=True)
        case "mirror":
            if options.all:
                from .authoring import stick

                print(
                    f"Written to {stick.write(options.folder)}; README.txt there says how to go on."
                )
                return None
            written = fetch.mirror(options.folder, options.names or None)
            folder = os.path.abspath(os.path.expanduser(options.folder))
            print(f"[ok] {written} files written to {folder}, all verified.")
            if sys.platform == "win32":
                print(f'On each computer, in PowerShell: $env:COURSE_MIRROR = "{folder}"')
            else:
                print(f"On each computer: export COURSE_MIRROR={shlex.quote(folder)}")
        case "progress":
            from .exercises import progress

            progress()
        case "doctor":
            from .checkup import doctor

            return 0 if doctor() else 1
        case "cards":
            if options.book:
                from .authoring import lessons, pages

                print(pages.data_cards(lessons.ROOT / "book" / "data_cards.md"))
            else:
                print("\n\n".join(str(cards.card(name)) for name in options.names or known))
        case _:
            from .authoring import gallery, lessons, pages, slides

            match options.command:
                case "hello":
                    lessons.hello(options.lesson)
                case "outputs":
                    lessons.outputs(options.lesson)
                case "bands":
                    from .authoring import bands

                    problems = bands.make(options.lesson, options.quick)
                    print("\n".join(problems))
                    return 1 if problems else 0
                case "verified":
                    from .authoring import verified

                    print(verified.write())
                case "scoreboard":
                    print(pages.scoreboard(lessons.find(), lessons.ROOT / "book"))
                    root = lessons.ROOT
                    intro = root / "book" / "intro.md"
                    gallery.thumbnails(lessons.find(), root / "book" / "_static" / "lessons")
                    pages.listing(
                        lessons.find(), root / "README.md", intro, lessons.find("00")[0]
                    )
                case "slides":
                    for page in slides.make(options.lesson):
                        print(page)
                case "repo":
                    lessons.stamp(options.slug)
    return None
