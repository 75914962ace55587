"""Who came, of whom: from the roster's rows to numbers a marketer can act on. Pure; frames in, facts out."""
