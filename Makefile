# What a fresh machine needs is Debian and Rust; `make test` installs the rest when it runs as root.

CARGO ?= cargo
PYTHON_REQUIREMENTS := crates/elbow/tests/python/requirements.txt
VENV := target/venv

.PHONY: run test tools lint

# Builds Elbow and runs it with a demonstration: a load balancer and a scaling group of three sample servers.
run:
	$(CARGO) build --release --package elbow
	@exec target/release/elbow up --demo

# Everything that must hold, all with one profile.
test: tools $(VENV)/.ready lint
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		set -x; $(CARGO) nextest run --workspace --no-fail-fast; \
	else \
		set -x; $(CARGO) test --workspace --all-targets --no-fail-fast; \
	fi

lint:
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

# Programs that tests drive Elbow with; installed from Debian when missing and allowed.
tools:
	@missing=""; \
	for pair in curl:curl h2load:nghttp2-client openssl:openssl wrk:wrk ps:procps kill:procps python3:python3 cc:gcc \
		podman:podman runc:runc /usr/lib/podman/netavark:netavark iptables:iptables \
		chromium:chromium chromedriver:chromium-driver certutil:libnss3-tools; do \
		command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair#*:}"; \
	done; \
	python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$$missing python3-venv"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ]; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	elif [ -n "$$missing" ]; then \
		echo "tests need these Debian packages:$$missing" >&2; exit 1; \
	fi

$(VENV)/.ready: $(PYTHON_REQUIREMENTS)
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $(PYTHON_REQUIREMENTS)
	@touch $@

# What others' checkers of TLS say of Elbow, for each policy: testssl.sh and Mozilla's configurations by sslyze. A minute or two.
TLS_REQUIREMENTS := crates/elbow/tests/conformance/requirements.txt
.PHONY: tls-check tls-tools
tls-check: tls-tools $(VENV)/.tls-ready
	$(CARGO) test --package elbow --test conformance -- --include-ignored --nocapture

tls-tools: tools
	@missing=""; \
	for pair in testssl:testssl.sh openssl:openssl hexdump:bsdextrautils; do \
		command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair#*:}"; \
	done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ]; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	elif [ -n "$$missing" ]; then \
		echo "tls-check needs these Debian packages:$$missing" >&2; exit 1; \
	fi

$(VENV)/.tls-ready: $(VENV)/.ready $(TLS_REQUIREMENTS)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $(TLS_REQUIREMENTS)
	@touch $@

# Elbow beside HAProxy, nginx and Envoy, built with the most the compiler gives: `make bench`, a part of it with
# `make bench W=w1,w3`, more rounds with `R=16`. `make bench-control` measures the control plane, `N=1,100` at fewer sizes;
# `make bench-policies` prints how scaling policies do.
W ?=
R ?= 5
N ?= 1,100,1000,10000
BENCH_DIR := target/bench
BENCH = $(BENCH_DIR)/release/elbow-bench --output $(BENCH_DIR) --elbow $(BENCH_DIR)/release/elbow

.PHONY: bench bench-control bench-policies bench-build
bench: bench-build bench-policies
	$(BENCH) --rounds $(R) $(if $(W),--workloads $(W))

# Target tracking beside a tracker that sees one mean a minute, in virtual time.
bench-policies:
	@$(CARGO) run --quiet --profile bench --target-dir $(BENCH_DIR) --package elbow-plan --example policies

bench-control: bench-build
	$(BENCH) --control --sizes $(N)

bench-build:
	$(CARGO) build --profile bench --target-dir $(BENCH_DIR) --package elbow --package elbow-bench
