"""What tests share: the parity runner and the list of everything a contract holds for."""
