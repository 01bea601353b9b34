"""The demo: the people who play the roles, and the hands at the simulated devices, for one whole case."""
