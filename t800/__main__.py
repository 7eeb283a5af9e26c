"""`python -m t800` is the command `t800`."""

from t800.cli import main

if __name__ == "__main__":
    main()
