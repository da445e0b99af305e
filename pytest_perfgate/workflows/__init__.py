"""What a user asks for; every dependency is an argument, so that each runs without a machine."""
