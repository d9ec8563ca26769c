"""Measurements that a person runs by hand: `python -m bench.<name>`. Nothing in the product imports them."""
