"""What people do: one function per act, each one transaction over casework, records and queue."""
