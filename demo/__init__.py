"""The demonstration: the whole procedure with simulated customers and technicians."""
