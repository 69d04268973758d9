"""What the tests share: environments to run the handler in, events, forms, and models to check against."""
