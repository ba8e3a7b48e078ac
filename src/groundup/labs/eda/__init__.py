"""Looking at data before anything is trained."""
