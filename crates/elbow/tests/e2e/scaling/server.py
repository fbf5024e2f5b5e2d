"""A member with long answers and upgraded connections. It serves until it is ended."""
import socket, sys, threading, time


def head(length):
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % length


def serve(connection):
    reader = connection.makefile("rb")
    while line := reader.readline():
        path, upgrade, length = line.split()[1], False, 0
        while (field := reader.readline()) not in (b"\r\n", b""):
            name, value = field.lower().split(b":", 1)
            upgrade |= name == b"upgrade"
            length = int(value) if name == b"content-length" else length
        reader.read(length)
        if upgrade:
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
            while data := reader.read1(65536):
                connection.sendall(data)
            return
        if path == b"/long":
            connection.sendall(head(64 * 4096))
            for _ in range(64):
                connection.sendall(b"x" * 4096)
                time.sleep(0.02)
        else:
            connection.sendall(head(6) + b"hello\n")


def one(connection):
    try:
        with connection:
            serve(connection)
    except OSError:
        pass


listener = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=1024)
while True:
    threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()
