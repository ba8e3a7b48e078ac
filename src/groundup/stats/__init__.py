"""Statistical learning by hand: estimators with scikit-learn's contract."""
