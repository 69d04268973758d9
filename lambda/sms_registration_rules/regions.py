"""Registration types that the service completes in some Regions only."""

REGIONS_OF_TYPE = {"IN_SENDER_ID_REGISTRATION": ("ap-south-1", "ap-south-2")}
"""Elsewhere the service creates such a registration and denies it later; it must then be deleted. From the user guide's page on
sender IDs in India."""
