# Each target is a line or two; continuous integration runs nothing else.

# TESTFLAGS goes to every "go test"; SECONDS is how long an exploration lasts,
# SEED where it begins (default: somewhere new), ROUNDS how often a server is
# killed, BENCH the flags of the comparison.
TESTFLAGS ?=
SECONDS ?= 60
FUZZTIME ?= 5s
ROUNDS ?= 200
SOAK ?= 30m
BENCH ?=

# A missing peer fails a test instead of leaving it out.
export XADB_REQUIRE_PEERS = 1
# Servers live in sbin, which is not in every user's path.
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: help build cross peers xa-diff dumps codes weights test race bugs vet lint fuzz crash bench bench-server bench-smoke microbench embed soak-kill soak-crash soak-faults soak-idle soak-abuse soak-flood soak-recovery soak-replicas

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' Makefile

build: ## build the xadb command into bin/
	go build ./...
	go build -o bin/xadb ./cmd/xadb

cross: ## build for every system, and keep nothing
	./scripts/cross.sh

peers: ## install the Debian packages the tests talk to, where missing
	./scripts/peers.sh

xa-diff: peers ## ask a MySQL 9, from Debian sid, for the recorded answers to XA statements again
	XADB_XA_PEER=mysql go test -count=1 ./fuzz/peers -run '^TestXAScripts$$' -v $(TESTFLAGS)
	go test -count=1 ./fuzz/peers -run '^TestXAScripts$$' $(TESTFLAGS)

dumps: peers ## take the dumps of a MySQL 9 in fuzz/peers/testdata/dump again, load them, and ask its tools for the binary log
	XADB_DUMP_PEER=mysql go test -count=1 ./fuzz/peers -run '^TestDumpOfMySQL$$|^TestMySQLAdmin$$|^TestBinlogTools$$' -v $(TESTFLAGS)

codes: peers ## ask a MySQL 9 for the codes of each character set, and compare (WRITE=-codes.write makes the tables anew)
	XADB_WEIGHTS_PEER=mysql go test -count=1 -timeout 60m ./fuzz/peers -run '^TestCodes$$' -v $(WRITE) $(TESTFLAGS)

weights: peers ## ask a MySQL 9 what each character weighs in each collation, and compare (WRITE=-weights.write makes the tables anew)
	XADB_WEIGHTS_PEER=mysql go test -count=1 -timeout 60m ./fuzz/peers -run '^TestWeights$$' -v $(WRITE) $(TESTFLAGS)

test: peers ## run every test
	go test -timeout 30m $(TESTFLAGS) ./...

race: peers ## run every test under the race detector, but for those that talk to a server built without it
	go test -race -timeout 30m $(TESTFLAGS) $$(go list ./... | grep -v /fuzz/peers)

bugs: ## prove that the crash tests find each seeded bug
	go test -tags bugs $(TESTFLAGS) $$(grep -rl --include='*_test.go' '^//go:build bugs' . | xargs -n1 dirname | sort -u)

vet: ## go vet, with and without the seeded bugs
	go vet ./...
	go vet -tags bugs ./...

lint: ## formatting, staticcheck and the house rules
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	./scripts/staticcheck.sh ./...
	go test -count=1 ./internal/lint

fuzz: ## fuzz each target for FUZZTIME (5s)
	./scripts/fuzz.sh $(FUZZTIME)

embed: ## run the programs under examples, README.md's among them
	./scripts/embed.sh

crash: ## crash the engine everywhere for SECONDS (60)
	go run ./cmd/xadb crash explore --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

bench: peers ## compare with other stores; BENCH holds flags, such as -workloads commit
	cd bench && go run . $(BENCH)

bench-server: peers ## compare the server with MariaDB; BENCH holds flags, such as -rounds 15
	cd bench && go run . -workloads '^sql-' $(BENCH)

bench-smoke: peers ## check the benchmark and run each of its workloads for a moment
	cd bench && go vet ./... && ../scripts/staticcheck.sh ./... && go test $(TESTFLAGS) ./...

microbench: ## run the benchmarks of single packages
	go test -run '^$$' -bench . -benchmem ./...

soak-kill: ## kill a real server ROUNDS (200) times, about six minutes
	go run ./cmd/xadb crash kill --rounds $(ROUNDS)

soak-crash: ## explore crashes for an hour
	go run ./cmd/xadb crash explore --seconds 3600

soak-faults: ## use stores for SOAK (30m) through full disks, failed syncs and kills, and look for leaks
	go test -count=1 -timeout 0 ./fuzz/soak -run TestSoak -v -soak.time=$(SOAK) $(if $(SEED),-soak.seed=$(SEED))

soak-idle: ## keep 10,000 idle connections (needs as many file descriptors)
	XADB_IDLE=10000 go test -count=1 ./server -run '^TestIdle$$' -v

soak-abuse: ## send 200,000 spoiled packets to a server
	XADB_PACKETS=200000 go test -count=1 ./server -run '^TestBarrage$$' -v

soak-flood: ## make and leave 5,000 connections a second for half a minute
	XADB_FLOOD=30s go test -count=1 ./server -run '^TestFlood$$' -v

soak-replicas: peers ## let a MariaDB and a MySQL 9, from Debian sid, follow a source for SOAK (30m), through kills
	go test -count=1 -timeout 0 ./fuzz/peers -run '^TestReplicas$$|^TestNewest$$' -v -replicas.mysql -replicas.tools -replicas.time=$(SOAK) $(if $(SEED),-replicas.seed=$(SEED))

soak-recovery: ## open a store with 1 GiB of log and 10,000 prepared branches
	XADB_RECOVERY=1024,10000 GOMAXPROCS=2 go test -run '^$$' -bench '^BenchmarkRecovery$$' -benchtime 1x -timeout 30m ./engine
