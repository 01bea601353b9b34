"""The simulated physical world: devices at the wire and the central offices, in a process of its own."""
