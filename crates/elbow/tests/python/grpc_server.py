"""A gRPC server without generated code: every kind of call, on raw bytes. Prints its port."""

import sys
import time
from concurrent import futures

import grpc


def unary(request, context):
    metadata = dict(context.invocation_metadata())
    context.send_initial_metadata((("x-seen", metadata.get("x-told", "nothing")),))
    context.set_trailing_metadata((("x-length", str(len(request))),))
    return request


def fail(_request, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: 100 %")


def slow(_request, context):
    while context.is_active():
        time.sleep(0.01)
    return b""


def count(request, _context):
    for number in range(int(request)):
        yield str(number).encode()


def total(requests, _context):
    return str(sum(int(request) for request in requests)).encode()


def echo(requests, _context):
    for request in requests:
        yield b"echo " + request


handlers = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
    "Slow": grpc.unary_unary_rpc_method_handler(slow),
    "Count": grpc.unary_stream_rpc_method_handler(count),
    "Total": grpc.stream_unary_rpc_method_handler(total),
    "Echo": grpc.stream_stream_rpc_method_handler(echo),
}
server = grpc.server(futures.ThreadPoolExecutor(max_workers=64))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("elbow.Test", handlers),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
