# logoutlab: `make demo` shows what it does, `make test` proves that it works.
# Both need only Go.

GO      ?= go
LINT    := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZ    ?= 10s
OUT     ?= out

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/logoutlab
	$(GO) build -trimpath -o bin/logoutlab ./cmd/logoutlab

.PHONY: demo
demo: build ## Run the whole catalogue on loopback and write the HTML report
	./bin/logoutlab run --all --parallel 2

.PHONY: control
control: build ## Run the fault-free control over five seeds: 100,000 actions, no logout
	@for seed in 1 2 3 4 5; do ./bin/logoutlab run culprits/control/tokens --seed $$seed || exit 1; done

.PHONY: test
test: ## Run all tests
	$(GO) vet ./...
	$(GO) test ./...
	@command -v redis-server >/dev/null || echo "SKIPPED: the store's tests against a real Redis (apt-get install redis-server)"

.PHONY: race
race: ## Run all tests with the race detector
	$(GO) test -race ./...

.PHONY: lint
lint: ## Check format and run staticcheck (pinned)
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "gofmt would change these files"; exit 1; }
	$(GO) run $(LINT) ./...

.PHONY: bench
bench: ## Run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZ (10s)
	@for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ) $$pkg || exit 1; \
	  done; \
	done

.PHONY: cover
cover: ## Write coverage.html
	$(GO) test -coverprofile coverage.out ./...
	$(GO) tool cover -html coverage.out -o coverage.html
