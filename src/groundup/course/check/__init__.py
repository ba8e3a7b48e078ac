"""A check: fresh numbers, a child that is not believed, and a verdict that says which mistake it is.

exercise.toml -> prepare (numbers, expected) -> sandbox (child) -> compare -> checker (verdict)
"""
