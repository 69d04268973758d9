"""What a deployment does with a form: the calls, or why it is refused. Pure; standard library only."""
