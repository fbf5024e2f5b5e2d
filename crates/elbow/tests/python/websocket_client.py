"""A WebSocket client that sends messages and compares what comes back."""

import sys

from websockets.sync.client import connect

with connect(sys.argv[1], max_size=None) as connection:
    for number in range(100):
        connection.send(f"message {number}")
        assert connection.recv(timeout=20) == f"message {number}"
    large = bytes(range(256)) * 4096
    connection.send(large)
    assert connection.recv(timeout=20) == large
    connection.ping().wait(timeout=20)
print(f"100 messages echoed, 1 of {len(large)} bytes, closed {connection.close_code}")
