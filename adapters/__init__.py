"""The only programs that touch the outside (mail, telephone, portal)."""
