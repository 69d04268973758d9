"""Calls to AWS within the time that a run has: the paced client of the service, reads from other services, the deadline."""
