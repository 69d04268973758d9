"""What the library costs, measured against peers in the same run: `make bench`."""
