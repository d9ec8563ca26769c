"""Kafka and MongoDB servers for development, tests and the demo; production hands in addresses."""
