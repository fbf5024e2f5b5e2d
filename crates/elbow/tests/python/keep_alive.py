"""Sends 200 requests with httpx on one client and says how many connections that took."""

import sys

import httpx

connections = set()
servers = set()
with httpx.Client(base_url=sys.argv[1]) as client:
    for number in range(200):
        if number % 4 == 3:
            answer = client.post("/form", content=b"x" * 100_000, headers={"accept": "application/json"})
        else:
            answer = client.get("/", headers={"accept": "application/json"})
        answer.raise_for_status()
        servers.add(answer.json()["server"])
        connections.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
one = "connection" if len(connections) == 1 else "connections"
print(f"200 answers on {len(connections)} {one}, servers: {' '.join(sorted(servers))}")
