"""The simulator over real HTTP, as the client would meet it."""
