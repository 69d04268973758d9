"""What the library costs, measured against peers in the same run: `make bench`."""

import sys
from pathlib import Path

# The measured deployments are those of the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
