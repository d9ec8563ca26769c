"""The procedure's services, one package each, with the same rooms; they never import one another."""
