"""An OpenID Connect provider on a free port; says its address and serves until its standard input ends."""

import logging
import sys
import warnings

warnings.simplefilter("ignore")

from oidc_provider_mock import User, run_server_in_thread  # noqa: E402

logging.getLogger("werkzeug").setLevel(logging.ERROR)

ann = User(sub="subject-ann", claims={"preferred_username": "ann", "groups": ["ops"]})
with run_server_in_thread(port=0, require_nonce=True, user_claims=[ann]) as server:
    print(f"http://localhost:{server.server_port}", flush=True)
    sys.stdin.read()
