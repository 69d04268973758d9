"""After a deployment: continues what waits, tells people what concerns them, and watches the clock."""
