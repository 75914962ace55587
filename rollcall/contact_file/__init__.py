"""A contact list as a file: bytes → `table` → `columns` → `rows` → people and problems, and the `receipt` back."""
