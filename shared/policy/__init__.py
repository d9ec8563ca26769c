"""Policy as data: every business number, versioned, in `policy.json`; the model validates it."""
