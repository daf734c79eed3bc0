"""Health check of the container: does the server answer, whatever it serves?"""

import http.client
import os
import sys


def main() -> int:
    """Return 0 when something answers on the port of the container (never through a proxy), 1 otherwise."""
    server = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("WORKSHOP_PORT", "8888")), timeout=8)
    try:
        server.request("GET", "/")
        return int(server.getresponse().status >= 500)
    except (OSError, http.client.HTTPException) as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
