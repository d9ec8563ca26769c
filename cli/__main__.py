"""`python -m cli` is `sav`: how the demonstration starts services with the interpreter that it runs in."""

from cli.main import main

main()
