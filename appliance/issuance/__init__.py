"""What machines do: the physical steps, recovery after power loss, the handover match."""
