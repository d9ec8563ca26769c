"""What the pages for customers and operators share: signed links, nonces, limits, templates, tickets as they show."""
