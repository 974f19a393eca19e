"""`python -m testbed`: the same as the console script."""

from testbed.cli import main

if __name__ == "__main__":
    main()
