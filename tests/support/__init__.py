"""What the tests share: worlds to run the handler in, events and forms, models to check against."""
