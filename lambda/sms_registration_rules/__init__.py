"""What makes a form valid, what reviewers deny, and what a deployment does. Pure; standard library only."""
