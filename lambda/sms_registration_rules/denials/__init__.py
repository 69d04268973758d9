"""What a reviewer would deny (`check`), and what a denial means (`explanations`). Nothing is imported before it is needed."""
