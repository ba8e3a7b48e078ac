"""Operations: what happens around a model before and after it is trained."""
