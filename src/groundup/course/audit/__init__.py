"""The audit: proof that the checks can fail, and that they let everything right pass."""
