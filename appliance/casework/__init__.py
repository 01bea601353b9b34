"""What a case is and who may move it: pure values and functions, no I/O."""
