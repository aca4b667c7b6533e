# logoutlab: `make demo` shows what it does, `make test` proves that it works.
# Both need only Go.

GO      ?= go
LINT    := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZ    ?= 10s
OUT     ?= out
CULPRITS = $(filter-out control,$(basename $(notdir $(wildcard scenarios/culprits/*.yaml))))
SOAK    ?= 50

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/logoutlab, static, so that containers can run it too
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/logoutlab ./cmd/logoutlab

.PHONY: images
images: ## Pull the container images, or build them from Debian packages
	@./harness/substrate/container/images/build.sh

.PHONY: demo
demo: build ## Run the whole catalogue on loopback, compare architectures, and write the HTML report
	./bin/logoutlab run --all --parallel 2 --compare

.PHONY: control
control: build ## Run the fault-free control over five seeds: 100,000 actions, no logout
	@for seed in 1 2 3 4 5; do ./bin/logoutlab run culprits/control/tokens --users 800 --seed $$seed || exit 1; done

.PHONY: containers
containers: build ## Run every culprit's broken variant in containers (make images)
	./bin/logoutlab run $(CULPRITS:%=culprits/%/broken) --substrate container --retry-slow 2

.PHONY: agreement
agreement: build ## Run the catalogue in the simulator, on loopback and in containers, and compare them
	@dir=$(OUT)/agreement-$$(date +%Y%m%d-%H%M%S); \
	./bin/logoutlab run --all --substrate sim --out $$dir/sim; \
	./bin/logoutlab run --all --retry-slow 2 --out $$dir/loopback; \
	./bin/logoutlab run --all --substrate container --retry-slow 2 --out $$dir/container; \
	./bin/logoutlab agree $$dir/loopback $$dir/container $$dir/sim >$$dir/agreement.md; \
	code=$$?; cat $$dir/agreement.md; exit $$code

.PHONY: test
test: ## Run all tests
	$(GO) vet ./...
	$(GO) test ./...
	@command -v redis-server >/dev/null || echo "SKIPPED: the store's tests against a real Redis (apt-get install redis-server)"
	@command -v memcached >/dev/null || echo "SKIPPED: the store's tests against a real memcached (apt-get install memcached)"
	@for p in haproxy nginx varnishd; do PATH=$$PATH:/usr/sbin command -v $$p >/dev/null || echo "SKIPPED: the tests against a real $$p (apt-get install haproxy nginx libnginx-mod-stream varnish gcc)"; done
	@$(GO) run ./cmd/logoutlab doctor --require docker,images >/dev/null 2>&1 || echo "SKIPPED: the tests with containers ('logoutlab doctor' says what is missing, 'make images' brings the images)"

	@echo "SKIPPED: the cookie matrix and the reports in a real Chromium (make browser)"
	@echo "SKIPPED: $(SOAK) runs in a row that leave nothing (make soak)"

.PHONY: browser
browser: build ## Hold the cookie jar and the cookie scenarios against a real Chromium, and look at reports in it
	@command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable || { echo "make browser needs Chromium: apt-get install chromium"; exit 1; }
	@rm -rf $(OUT)/browser
	./bin/logoutlab run --all --substrate sim --compare --out $(OUT)/browser/run >/dev/null
	LOGOUTLAB_BROWSER=require LOGOUTLAB_REPORT=$(abspath $(OUT))/browser/run/report.html LOGOUTLAB_PICTURES=$(abspath $(OUT))/browser/pictures \
		$(GO) test ./fakes/client ./harness/substrate/tlsfront ./reports/... -run '^TestChromium' -count 1 -v
	@echo "pictures of reports: $(OUT)/browser/pictures"

.PHONY: soak
soak: ## Run in containers SOAK (50) times in a row, a third of them killed: nothing is left
	LOGOUTLAB_SOAK=$(SOAK) LOGOUTLAB_CONTAINERS=require $(GO) test ./cmd/logoutlab -run '^TestSoak$$' -count 1 -v -timeout 2h

.PHONY: mutants
mutants: ## Plant known faults in the fakes, one at a time: each is caught by a verdict or a test
	$(GO) run ./cmd/mutants

.PHONY: bench-sim
bench-sim: ## Time days of millions of users and the whole catalogue in virtual time, as a table
	$(GO) test ./harness/bulk -run '^$$' -bench Sim -benchtime 1x -timeout 30m

.PHONY: race
race: ## Run the tests with the race detector, but for those of whole systems in containers
	$(GO) test -race $$($(GO) list ./... | grep -v harness/substrate/container$$)

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
