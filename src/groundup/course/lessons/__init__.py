"""Lessons: parsed, checked, executed in a child process, and rendered for the page and for the terminal."""
