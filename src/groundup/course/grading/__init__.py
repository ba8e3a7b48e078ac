"""A class: assignments, collecting, grading, feedback, the gradebook."""
