"""What runs and watches the services outside a developer's machine. Nothing here is imported by them."""
