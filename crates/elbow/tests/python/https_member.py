"""Serves HTTP/1.1 over TLS with the given certificate and key; each answer says what the connection was asked for."""

import http.server
import ssl
import sys

certificate, key, name = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked = getattr(self.connection, "asked", None) or "nothing"
        body = f"{name} was asked for {asked} over {self.connection.version()}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """Whoever does not trust the certificate leaves; that is the test's business."""


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
context.sni_callback = lambda socket, asked, _: setattr(socket, "asked", asked)
server = Server(("127.0.0.1", 0), Handler)
# Each connection shakes hands on its own thread, so that a silent one holds nobody up.
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()
