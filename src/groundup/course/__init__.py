"""The course: its order, exercises, checks, workspaces and progress."""
