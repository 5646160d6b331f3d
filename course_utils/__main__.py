import sys

if sys.version_info < (3, 11):  # noqa: UP036  (older ones stumble over the next import)
    sys.exit(f"The course needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.")

from .cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
