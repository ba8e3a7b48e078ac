"""Speed, side by side with PyTorch: ``make bench``. Ratios from one interleaved run, never absolute times."""
