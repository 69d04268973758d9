"""What a valid form is, what reviewers deny, how long a review takes and what it costs. Standard library only."""
