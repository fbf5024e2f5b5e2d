"""A gRPC client that makes every kind of call: `grpc_client.py ADDRESS [CA_FILE NAME]`."""

import queue
import sys

import grpc

address = sys.argv[1]
if len(sys.argv) > 2:
    with open(sys.argv[2], "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    options = [("grpc.ssl_target_name_override", sys.argv[3])]
    channel = grpc.secure_channel(address, credentials, options)
else:
    channel = grpc.insecure_channel(address)
grpc.channel_ready_future(channel).result(timeout=20)


def method(kind, name):
    return getattr(channel, kind)(f"/elbow.Test/{name}")


def code_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code().name, error.details()
    return "OK", ""


unary = method("unary_unary", "Unary")
response, call = unary.with_call(b"hello", metadata=(("x-told", "a secret"),), timeout=20)
assert response == b"hello", response
assert dict(call.initial_metadata())["x-seen"] == "a secret", call.initial_metadata()
assert dict(call.trailing_metadata())["x-length"] == "5", call.trailing_metadata()

large = bytes(range(256)) * 12_000
assert unary(large, timeout=30) == large

calls = [unary.future(f"call {number}".encode(), timeout=30) for number in range(300)]
assert [call.result() for call in calls] == [f"call {number}".encode() for number in range(300)]

status, details = code_of(lambda: method("unary_unary", "Fail")(b"", timeout=20))
assert (status, details) == ("NOT_FOUND", "no such thing: 100 %"), (status, details)
status, details = code_of(lambda: method("unary_unary", "Missing")(b"", timeout=20))
assert status == "UNIMPLEMENTED", (status, details)
status, details = code_of(lambda: method("unary_unary", "Slow")(b"", timeout=0.3))
assert status == "DEADLINE_EXCEEDED", (status, details)

counted = list(method("unary_stream", "Count")(b"1000", timeout=30))
assert counted == [str(number).encode() for number in range(1000)], len(counted)

numbers = (str(number).encode() for number in range(1000))
assert method("stream_unary", "Total")(numbers, timeout=30) == b"499500"

# Each message waits for the answer to the one before: both directions are open all the time.
sent = queue.Queue()
answers = method("stream_stream", "Echo")(iter(sent.get, None), timeout=30)
for number in range(200):
    sent.put(f"message {number}".encode())
    assert next(answers) == f"echo message {number}".encode()
sent.put(None)
assert list(answers) == []
assert answers.code() == grpc.StatusCode.OK

print("unary, 300 at once, statuses, a deadline and all streams")
