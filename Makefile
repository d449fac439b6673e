# The front door. `make` alone says what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
PLUGIN ?=
BIN := target/release

.PHONY: help build man demo demo-down check fmt clippy doc tidy deny test unit docker-test sim mutants crash race fault soak hang idle bench fuzz snap dist install uninstall clean

help: ## This table of contents
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2} /^## / {printf "\n%s\n", substr($$0, 4)}' $(MAKEFILE_LIST)

## See it work
demo: build ## An engine, the images, the daemon, the eight-service stack, one request through it all
	@scripts/demo.sh
demo-down: ## Remove what `make demo` made, and nothing else
	@scripts/demo-down.sh

## Work on it
build: ## Both binaries, optimised, into target/release
	@$(CARGO) build --release --locked -p composed -p composectl
man: build ## The manual, a page a verb, into target/man
	@$(BIN)/composectl man target/man && echo "man -l target/man/composectl.1"
check: fmt clippy doc tidy deny ## All that needs no running: format, lints, docs, house rules, licences
fmt:
	@$(CARGO) fmt --all --check
clippy:
	@$(CARGO) clippy --workspace --all-targets --all-features --locked -- -D warnings
doc:
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet
tidy:
	@$(CARGO) test --quiet --locked -p tests --test tidy
deny:
	@scripts/deny.sh
test: ## Every test; those on a real engine too, where one can be had
	@scripts/test.sh
unit: ## The tests that need no engine
	@$(CARGO) test --workspace --locked --quiet
docker-test: ## The tests on a real engine alone
	@scripts/test.sh docker
sim: ## The controller in a hostile world, by seeds: make sim SEEDS=100000 FROM=1; one of them in full: SEED=n
	@$(CARGO) test --profile sim --locked --quiet -p tests --test sim -- --nocapture --test-threads=1
mutants: ## Breaks the controller on purpose, one way at a time: each has to be found by the simulation
	@scripts/mutants.sh
crash: ## Killed at N engine calls (root; SEED=, ROUND= as a failure tells; DOCKERD= another engine; PEER='docker compose')
	@N=$(or $(N),500) scripts/fault.sh crash
race: ## N races of two clients, of a client and a file, of a client and its end (root; SEED=, ONLY=)
	@N=$(or $(N),200) scripts/fault.sh race
fault: ## The engine hung, killed, restarted, full, lying: an engine of its own (root)
	@scripts/fault.sh outage
soak: ## Ten stacks, something wrong every 20 s, for T seconds (root; SEED=, EVERY=)
	@T=$(or $(T),3600) scripts/fault.sh long::soak
hang: ## The engine answers nobody for T seconds: how fast `status` is told meanwhile (root)
	@T=$(or $(T),60) scripts/fault.sh long::hang
idle: ## A hundred containers with nothing to do for T seconds: memory, time of a core (root)
	@T=$(or $(T),60) scripts/fault.sh long::idle
bench: build ## How long `config` takes and what memory it needs, beside docker compose where that is installed
	@$(CARGO) bench --locked --quiet -p tests --bench config
fuzz: ## Hostile input for T seconds a target (needs cargo-fuzz): make fuzz T=60
	@scripts/fuzz.sh $(or $(T),60)
snap: ## Look through changed snapshots (needs cargo-insta)
	@$(CARGO) insta review

## Use it
dist: ## Both binaries as they are installed, smaller, faster and longer in the making, into target/dist
	@$(CARGO) build --profile dist --locked -p composed -p composectl
install: dist ## Binaries, manual, completions, unit, settings, service user below $(DESTDIR)$(PREFIX); PLUGIN=1: `docker composed` too
	@BIN=target/dist scripts/install.sh "$(DESTDIR)" "$(PREFIX)" "$(PLUGIN)"
uninstall: ## Remove what `make install` put there; state and settings stay
	@scripts/uninstall.sh "$(DESTDIR)" "$(PREFIX)"
clean: ## Remove what was built
	@$(CARGO) clean
