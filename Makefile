# One verb a target. `make` alone lists them. Nothing but Go is needed for run, test, bench and fuzz.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Tools are pinned here, built once into .bin, and stay out of go.mod.
GOLANGCI_VERSION := v2.12.2
GOLANGCI := .bin/golangci-lint
DEADCODE_VERSION := v0.52.0
DEADCODE := .bin/deadcode
OASDIFF_VERSION := v1.37.0
OASDIFF := .bin/oasdiff
GOVULNCHECK_VERSION := v1.9.0
GOVULNCHECK := .bin/govulncheck
REDOCLY_VERSION := 2.77.0
REDOCLY := .bin/redocly/node_modules/.bin/redocly
# Ours: a module of its own, which pins golang.org/x/tools.
EXPORTED := .bin/exported
AXE_VERSION := 4.14.1
AXE := .bin/axe/node_modules/axe-core/axe.min.js
# Of each clone its own: a shared one answers with what it found at another clone's paths.
export GOLANGCI_LINT_CACHE := $(CURDIR)/.bin/lint-cache

STATE ?= .local
FUZZTIME ?= 20s
FUZZJOBS ?= 2
BENCHTIME ?= 1s
COUNT ?= 1
SEEDS ?= 1000
FROM ?= 1
REGION ?= asia-south1
# What holds much in memory spends a quarter of its time on collection otherwise.
ROOMY := GOGC=300 GOMEMLIMIT=5GiB
ARGS ?=

# Packages whose point is concurrency: the race detector pays there, and would take too long over everything.
RACE := $(wildcard shared/auth shared/cache shared/clock shared/dispatch shared/httpx shared/intake shared/local shared/outcome shared/queue shared/secret shared/settings shared/store shared/sweep)

# Packages below functions/cmd/local whose tests take long, the longest first. Without them `make test` is short enough for between two changes.
LONG := e2e browser simulation garbage kill brands leak player gameday
# go vet's analyzers are among those of `make lint`, and would take another half a minute.
GOTEST := $(ROOMY) go test -vet=off -shuffle=on -timeout 20m

# What is there for tests: names here may be exported for the tests of other packages alone.
STAGE := shared/local shared/testkit shared/provider/conformance shared/clock.Manual shared/clock.Forward functions/cmd

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: tools
tools: $(GOLANGCI) $(DEADCODE) $(EXPORTED) $(OASDIFF) ## Build the pinned tools into .bin, if missing

$(GOLANGCI):
	GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

$(DEADCODE):
	GOBIN=$(CURDIR)/.bin go install golang.org/x/tools/cmd/deadcode@$(DEADCODE_VERSION)

$(OASDIFF):
	GOBIN=$(CURDIR)/.bin go install github.com/oasdiff/oasdiff@$(OASDIFF_VERSION)

$(GOVULNCHECK):
	GOBIN=$(CURDIR)/.bin go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)

# One package without dependencies, for Node.js; nothing of it runs while it is installed.
$(REDOCLY):
	npm install --prefix .bin/redocly --ignore-scripts --no-save --no-package-lock --no-audit --no-fund @redocly/cli@$(REDOCLY_VERSION)

# One package without dependencies, which the tests of the console run in a browser.
$(AXE):
	npm install --prefix .bin/axe --ignore-scripts --no-save --no-package-lock --no-audit --no-fund axe-core@$(AXE_VERSION)

$(EXPORTED): $(wildcard .ci/exported/*.go) .ci/exported/go.mod .ci/exported/go.sum
	go build -C .ci/exported -o $(CURDIR)/$(EXPORTED) .

.PHONY: run
run: ## Everything in one process on localhost:8080 (PORT changes it, STATE the directory of its state)
	@# Built and then run by its own name: "go run" fails when it is ended with Ctrl-C.
	@echo "building…" # a minute or two the first time
	@go build -o build/local ./functions/cmd/local
	@exec build/local -state "$(STATE)"

.PHONY: play
play: ## Play the story of a file, such as one that came with a bug report (FILE)
	@test -n "$(FILE)" || { echo "which story? make play FILE=testdata/scenarios/stop.json" >&2; exit 2; }
	@go build -o build/local ./functions/cmd/local
	@build/local -play "$(FILE)"

.PHONY: test
test: ## The tests, but for those that take long; the official emulators' suites too where gcloud and Java are found
	@for tool in gcloud java; do \
		command -v $$tool >/dev/null || echo "NOT RUN: the suites against the official emulators, since $$tool is not installed"; \
	done
	@if command -v gcloud >/dev/null; then \
		sdk=$$(gcloud info --format='value(installation.sdk_root)'); \
		for part in cloud-firestore-emulator pubsub-emulator; do \
			[ -d "$$sdk/platform/$$part" ] || echo "NOT RUN: suites against the official emulators, since gcloud's component $$part is not installed"; \
		done; \
	fi
	pkgs=$$(go list ./... | grep -v $(patsubst %,-e '/cmd/local/%$$',$(LONG))); $(GOTEST) $$pkgs

.PHONY: thorough
thorough: ## The tests that take long: in a browser, under kill -9, with garbage, looking for leaks, over days
	@command -v chromium >/dev/null || echo "NOT RUN: the console and the lab in a browser, since chromium is not installed"
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(AXE); else echo "NOT RUN: axe's checks of the pages, since npm is not installed"; fi
	$(GOTEST) $(addprefix ./functions/cmd/local/,$(LONG))

.PHONY: risk
risk: ## How good the warnings about templates are: precision and recall on the labelled texts
	go test ./shared/template/risk -run TestCorpus -count=1 -v

.PHONY: race
race: ## The tests of the concurrent packages under the race detector (needs a C compiler)
	$(ROOMY) go test -race -short -shuffle=on $(addsuffix /...,$(addprefix ./,$(RACE)))

.PHONY: ci
ci: SEEDS = 1500
# All of it has to end inside 40 minutes of two cores, built from nothing; `make fuzz` alone takes longer.
ci: FUZZTIME = 12s
ci: test thorough risk dead vuln lint api api-lint bundle-check terraform fmt-check tidy-check race simulate fuzz ## All that has to pass, beginning with the tests

.PHONY: lint
lint: $(GOLANGCI) ## Run the linters, go vet's analyzers among them
	$(ROOMY) $(GOLANGCI) run ./...

.PHONY: dead
dead: $(DEADCODE) $(EXPORTED) ## Fail on code that nothing reaches and on exported names that only their own package or tests use
	go test -C .ci/exported ./...
	$(ROOMY) $(DEADCODE) -test -f '{{$$path := .Path}}{{range .Funcs}}{{printf "%s.%s\t%s\n" $$path .Name .Position}}{{end}}' ./... | \
		$(EXPORTED) -module "$$(go list -m)" -keep .ci/keep.txt -stage "$(STAGE)"

.PHONY: vuln
vuln: $(GOVULNCHECK) ## Fail on known vulnerabilities that the code reaches, where their database is in reach
	@$(ROOMY) .ci/vuln $(CURDIR)/$(GOVULNCHECK)

.PHONY: api
api: $(OASDIFF) ## Fail if an OpenAPI file breaks callers of what was released
	.ci/api $(OASDIFF)

.PHONY: api-lint
api-lint: ## Lint the OpenAPI files, where Node.js is installed
	@if command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || a == 22 && b >= 12 || a == 20 && b >= 19 ? 0 : 1)' 2>/dev/null; then \
		$(MAKE) --no-print-directory $(REDOCLY) && \
		REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(REDOCLY) lint --extends recommended-strict functions/*/openapi.yaml; \
	else \
		echo "NOT RUN: the lint of the OpenAPI files, since Node.js 20.19 or 22.12 or newer, or npm, is not installed"; \
	fi

.PHONY: release-api
release-api: ## Take the OpenAPI files as released: from now on `make api` holds changes against them
	@for file in functions/*/openapi.yaml; do cp "$$file" "$${file%.yaml}.released.yaml"; done
	@git status --short -- 'functions/*/openapi.released.yaml'

.PHONY: bundle
bundle: ## Pack every function for deployment into build/bundles
	go run ./functions/cmd/bundle

.PHONY: bundle-check
bundle-check: ## Build every packed function as the buildpack does, and tell the story of README.md with them as processes
	@# Listed with -v: the sizes and start times are in what the test logs.
	go test -count=1 -v -timeout 30m -run '^TestPacked$$' ./functions/cmd/bundle/packed -packed

.PHONY: describe
describe: ## Write terraform/functions.json: what Terraform has to know of the functions
	@mkdir -p build && go run ./functions/cmd/bundle -describe >build/functions.json && mv build/functions.json terraform/functions.json

.PHONY: vet
vet: ## Run go vet
	go vet ./...

.PHONY: fmt
fmt: $(GOLANGCI) ## Format the code
	$(GOLANGCI) fmt ./...

.PHONY: fmt-check
fmt-check: $(GOLANGCI) ## Fail if fmt would change anything
	$(GOLANGCI) fmt --diff ./...

.PHONY: tidy-check
tidy-check: ## Fail if go.mod or go.sum are not tidy
	go mod tidy -diff

.PHONY: bench
bench: ## Run the benchmarks (BENCHTIME, COUNT)
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -count $(COUNT) $$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n1 dirname | sort -u)

.PHONY: fuzz
fuzz: ## Fuzz every parser, FUZZTIME each, FUZZJOBS at a time
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do \
		echo "$$dir" $$(grep -ho '^func Fuzz[[:alnum:]_]*' "$$dir"/*_test.go | cut -d' ' -f2); \
	done | FUZZTIME=$(FUZZTIME) xargs -r -P $(FUZZJOBS) -L1 .ci/fuzz

.PHONY: gameday
gameday: ## Play the six worst nights on a local world, with the commands of terraform/RUNBOOK.md
	go run ./functions/cmd/local/gameday

.PHONY: simulate
simulate: ## Let SEEDS simulated days pass under faults, from seed FROM on, a process a core
	go test -c -o build/simulation.test ./functions/cmd/local/simulation
	@# One seed in 20 runs twice: both traces have to be equal.
	cd functions/cmd/local/simulation && $(CURDIR)/build/simulation.test -test.run '^TestSimulate$$' -test.timeout 0 \
		-processes 0 -twice 20 -seeds $(SEEDS) -from $(FROM)

.PHONY: terraform
terraform: ## Check and test the Terraform files without a cloud, where terraform, Node.js and npm are installed
	terraform/check

.PHONY: plan
plan: ## Show what a deployment would change; makes only what Terraform itself needs (ENV, PROJECT, REGION)
	terraform/deploy plan "$(ENV)" "$(PROJECT)" "$(REGION)" $(ARGS)

.PHONY: deploy
deploy: ## Deploy an environment (ENV, PROJECT, REGION; ARGS=-auto-approve asks nothing): terraform/README.md
	terraform/deploy apply "$(ENV)" "$(PROJECT)" "$(REGION)" $(ARGS)

.PHONY: destroy
destroy: ## Destroy what was deployed, with its data (ENV, PROJECT, REGION); not of an environment that is protected
	terraform/deploy destroy "$(ENV)" "$(PROJECT)" "$(REGION)" $(ARGS)

.PHONY: golden
golden: ## Rewrite the golden files and show what changed
	@# The providers' tests have the flag from the conformance suite.
	go test $$(grep -rlE --include='*_test.go' 'flag\.Bool\("update"|conformance\.Run\(' . | xargs -r -n1 dirname | sort -u) -update
	@git status --short -- '*testdata*'
	@git --no-pager diff --stat -- '*testdata*'

.PHONY: clean
clean: clean-state ## Remove what runs, builds and tests left (STATE: in that directory); Go's caches stay
	rm -rf build
	find . -path ./.bin -prune -o -path ./.git -prune -o -type f \( -name '*.test' -o -name '*.prof' -o -name '*.out' \) -exec rm -f {} +

.PHONY: clean-state
clean-state: ## Remove the state of make run (STATE)
	@# Of STATE only what a run puts there: it may be any directory.
	if [ -d "$(STATE)" ]; then \
		rm -f "$(STATE)"/cloud.journal* "$(STATE)"/signing-key.pem "$(STATE)"/clock.ahead*; \
		rm -rf "$(STATE)"/storage/proof; \
		for dir in "$(STATE)"/storage "$(STATE)"; do rmdir "$$dir" 2>/dev/null || true; done; \
	fi
