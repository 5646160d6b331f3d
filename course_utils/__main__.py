import sys

from .lessons import main

main(sys.argv[1:])
