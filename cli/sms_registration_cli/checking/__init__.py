"""What is wrong with form files: structure, definitions, and what reviewers would deny."""
