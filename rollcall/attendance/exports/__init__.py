"""People as the files that other programs read: one module a target, each with its rules and where they stand."""
