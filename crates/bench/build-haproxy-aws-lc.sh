#!/bin/sh
# Builds the peer whose TLS does its arithmetic with AWS-LC, as Elbow's does: `make bench` takes it from
# target/bench/haproxy-aws-lc. AWS-LC's sources are those of the crate that Elbow is built with; HAProxy's are yours.
#
#   crates/bench/build-haproxy-aws-lc.sh DIRECTORY    a checkout of HAProxy, 3.0 or newer
set -eu

haproxy=$(cd "${1:?usage: $0 DIRECTORY (of HAProxy\'s sources)}" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
for tool in cmake c++ cc make python3; do
	command -v "$tool" >/dev/null || { echo "$tool is missing: install cmake, g++, gcc, make and python3" >&2; exit 1; }
done

output="$root/target/bench"
build="$output/aws-lc"
mkdir -p "$build"
crate=$(cd "$root" && cargo metadata --format-version 1 --locked | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(next(os.path.dirname(p["manifest_path"]) for p in packages if p["name"] == "aws-lc-sys"))')

cmake -S "$crate/aws-lc" -B "$build/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$build" \
	-DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DBUILD_TOOL=OFF \
	-DDISABLE_GO=ON -DDISABLE_PERL=ON
cmake --build "$build/build" --parallel "$(nproc)"
cmake --install "$build/build"

make -C "$haproxy" clean
make -C "$haproxy" -j "$(nproc)" TARGET=linux-glibc USE_OPENSSL_AWSLC=1 \
	SSL_INC="$build/include" SSL_LIB="$build/lib"
cp "$haproxy/haproxy" "$output/haproxy-aws-lc"
"$output/haproxy-aws-lc" -vv | grep 'Running on SSL'
