"""``python -m workshop``, in words that any Python 3 can read, if only to be told that it is too old."""

import sys

from .machine import unpack


def main() -> int:
    """Run the command, or say at once that the rest cannot be read by this Python."""
    if sys.version_info[:2] < unpack.SUPPORTED[0]:  # one that is too new can read it: the doctor will judge
        unpack.speak_utf8()
        print("❌ " + unpack.wrong_python(" ".join(["-m workshop", *sys.argv[1:]])), file=sys.stderr)
        return 1
    from . import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
