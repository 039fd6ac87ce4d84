# Raksa. `make` alone says what can be done here. Everyday work needs only Go.

GO    ?= go
BIN   := $(CURDIR)/.bin
CORES := ./screening/... ./syncengine/... ./linkage/... ./casefile/...

FUZZTIME ?= 10s
SEEDS    ?= 2000
FIRST    ?= 20000000
TARGETS  := android/arm64 linux/arm64 linux/amd64 windows/amd64 windows/arm64

# Pinned tools. They are built into .bin/ and never enter go.mod: buf wants a
# newer protobuf than the program does.
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GEN_GO      := google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
GEN_CONNECT := connectrpc.com/connect/cmd/protoc-gen-connect-go@v1.21.1
BUF         := github.com/bufbuild/buf/cmd/buf@v1.75.0

.DEFAULT_GOAL := help

help: ## say what can be done here
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: ## play the made-up night and serve it: what the README shows
	$(GO) run ./cmd/raksa demo

demo: ## play the night, hold it against what was put in, and end
	$(GO) run ./cmd/raksa demo --exit

test: ## every test that needs Go alone
	$(GO) test ./...

test-race: ## the cores under the race detector (needs gcc)
	$(GO) test -race $(CORES)

test-pg: ## the store, the office and its processes on a real PostgreSQL (needs Debian's postgresql)
	RAKSA_PG=required $(GO) test ./syncengine/sqlstore
	RAKSA_PG=required RAKSA_STORE=postgres $(GO) test ./server
	RAKSA_PG=required $(GO) test ./cmd/raksa ./cmd/raksa/night -run 'PostgreSQL|AnyProcess'

e2e: ## the pages in a real Chromium, with screenshots (needs Node)
	npm ci --prefix web/e2e
	npm test --prefix web/e2e

linkbench: ## the figures of docs/linkage.md for the sets in the folder DATA
	@test -d "$(DATA)" || { echo "make linkbench DATA=folder"; exit 2; }
	$(GO) build -o $(BIN)/raksa ./cmd/raksa
	@for set in khmer-dev febrl1 febrl2 febrl3 fake_1000; do \
	  case $$set in \
	    khmer-dev) people=$(DATA)/khmer-dev/records.csv.gz; truth=$(DATA)/khmer-dev/truth.csv.gz; columns= ;; \
	    *) people=$(DATA)/$$set.csv; truth=$(DATA)/$${set}_truth.csv; columns="--columns=linkage/sheet/columns/$$(echo $$set | sed 's/^febrl.*/febrl/').json" ;; \
	  esac; \
	  if [ -f $$people ]; then echo "== $$set"; $(BIN)/raksa tool link --in $$people --truth $$truth $$columns || exit 1; else echo "== $$set: not there"; fi; \
	done
	@if [ -d $(DATA)/khmer-dev ]; then echo "== khmer-dev, each half with the other half's table"; \
	  RAKSA_LINKAGE_DATA=$(DATA)/khmer-dev $(GO) test -count=1 -v -run Labelled ./linkage/eval; fi

fuzz: ## every fuzz target for FUZZTIME each (default 10s)
	@grep -rlE --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u | while read -r dir; do \
	  for name in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' $$dir/*_test.go); do \
	    echo "fuzz $$dir $$name"; \
	    $(GO) test $$dir -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) </dev/null || exit 1; \
	  done; done

sim: ## the simulator over SEEDS seeds (default 2000)
	$(GO) test ./syncengine/simtest -timeout 60m -args -seeds $(SEEDS)

sim-million: ## the simulator's long run: 1,000,000 seeds of 30 steps from FIRST on one core, at low priority
	GOMAXPROCS=1 nice -n 19 $(GO) test ./syncengine/simtest -run Nothing -timeout 0 -v -args -seed $(FIRST) -seeds 1000000 -steps 30

trial: ## whole hosts in virtual time over SEEDS seeds (about 1 s of work each)
	$(GO) test ./cmd/raksa/trial -run Kept -timeout 600m -args -seeds $(SEEDS)

bench: ## what the program does beside what the bare disk and store do
	$(GO) test ./cmd/raksa/load -run '^$$' -bench . -benchtime 3x -timeout 30m

load: ## the same with 10,000 records and 200 tablets, which takes long
	$(GO) test ./cmd/raksa/load -run '^$$' -bench . -benchtime 3x -timeout 120m -args -records 10000 -tablets 200

tools: ## build the small pinned tools into .bin/
	GOBIN=$(BIN) $(GO) install $(GOFUMPT)
	GOBIN=$(BIN) $(GO) install $(STATICCHECK)
	GOBIN=$(BIN) $(GO) install $(GEN_GO)
	GOBIN=$(BIN) $(GO) install $(GEN_CONNECT)

buf: ## build buf into .bin/ (about four minutes, once)
	GOBIN=$(BIN) $(GO) install $(BUF)

gen: ## write gen/ anew from proto/ (needs tools and buf)
	PATH="$(BIN):$$PATH" buf generate

gen-check: gen ## gen/ equals what the generators write
	@test -z "$$(git status --porcelain gen)" || { git status --short gen; echo "gen/ is stale: commit what 'make gen' wrote"; exit 1; }

breaking: ## would a program in the field still understand proto/? (needs buf)
	$(BIN)/buf breaking --against '.git#branch=main'

lint: ## gofumpt, vet, staticcheck; buf lint where buf is built
	@test -x $(BIN)/staticcheck || $(MAKE) --no-print-directory tools
	@out="$$($(BIN)/gofumpt -l $$(git ls-files '*.go' | grep -v '^gen/'))"; test -z "$$out" || { echo "not gofumpt: $$out"; exit 1; }
	$(GO) vet ./...
	$(BIN)/staticcheck $$($(GO) list ./... | grep -v '^raksa/gen')
	@if test -x $(BIN)/buf; then $(BIN)/buf lint; else echo "skipped: buf lint (make buf builds it)"; fi

check: lint test test-race ## all of it; gen-check too where buf is built
	@if test -x $(BIN)/buf; then $(MAKE) --no-print-directory gen-check; else echo "skipped: gen-check (make buf builds it)"; fi

cross: ## programs for tablets and offices into dist/, without cgo
	@set -e; for target in $(TARGETS); do \
	  os=$${target%/*}; arch=$${target#*/}; case $$os in windows) end=.exe;; *) end=;; esac; \
	  echo "dist/raksa-$$os-$$arch$$end"; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags="-s -w" -o dist/raksa-$$os-$$arch$$end ./cmd/raksa; \
	done

doctor: ## say which tools this machine has
	@for tool in go gcc node npm chromium initdb; do printf '%-12s ' $$tool; command -v $$tool || echo "not here"; done
	@for tool in gofumpt staticcheck protoc-gen-go protoc-gen-connect-go buf; do printf '%-12s ' $$tool; test -x $(BIN)/$$tool && echo .bin/$$tool || echo "not built (make tools, make buf)"; done

.PHONY: linkbench help run demo test test-race test-pg e2e fuzz sim sim-million trial bench load tools buf gen gen-check breaking lint check cross doctor
