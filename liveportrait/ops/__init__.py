"""Operations that have, or may get, a faster twin in `kernels/`; here stands the truth."""
