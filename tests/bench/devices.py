import importlib
import sys

from rows import report

rows = [r for n in sys.argv[1:] for r in importlib.import_module(n).rows()]
sys.exit(report("devices", rows))
