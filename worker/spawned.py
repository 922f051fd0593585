"""A training child that is an interpreter of its own: descriptors of job and events, and the target, are its arguments."""

from __future__ import annotations

import sys

from worker.zygote import load_target, train

if __name__ == "__main__":
    sys.exit(train(load_target(sys.argv[3]), int(sys.argv[1]), int(sys.argv[2])))
