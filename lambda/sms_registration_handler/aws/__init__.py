"""Calls to AWS within the time of a run: the paced client of the service, reads from other services, the deadline."""
