"""The one entry for people and CI: python3 dev.py demo | serve | test | check | bench | build | setup.

Standard library only. This file parses on every Python, old ones too, so that a wrong version gets a sentence
instead of a traceback; everything newer than that is in devtools/.
"""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "DAS Copy Trader needs Python 3.11 or newer; this is %s. Install it from python.org and run dev.py again.\n"
        % ".".join(str(part) for part in sys.version_info[:3])
    )
    sys.exit(2)

from devtools.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
