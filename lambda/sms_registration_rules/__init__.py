"""What makes a form valid, and what reviewers deny. Pure; standard library only."""
