"""What a valid form is and what reviewers deny: pure, standard library only."""
