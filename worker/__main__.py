"""Start a worker."""

import sys

from worker.run_worker import main

if __name__ == "__main__":
    sys.exit(main())
