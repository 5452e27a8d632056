# memproof: did this change really cut the memory of the service?
#
#   make bench                       the guide's headline, 15 to 30 minutes
#   make bench SCENARIO=scenarios/smoke.yaml ENGINE=host
#   make smoke                       the same road in less than four minutes
#   make bench-service               what each build of the service costs, about 35 minutes
#   make attribution                 which of the guide's changes earned the saving, about 37 minutes
#   make bench-instrument            what measuring costs, and how fast the generator is
#   make test                        what a person runs: unit tests and one run end to end
#   make test-all                    what make test leaves out: every engine, third parties, gates, chaos, calibration
#   make fuzz-short                  every fuzz test with 10,000 inputs
#
#   make lint                        golangci-lint, pinned in .tools/go.mod
#
# make turns every failure into its own status 2. A pipeline that tells REFUTED (1),
# INVALID (4) and FAILED (5) apart calls .bin/memproof; go test ./bench -scenario FILE
# fails for each that is not PROVEN, and says which.

SCENARIO ?= scenarios/guide.yaml
ENGINE   ?= auto
MEMPROOF := .bin/memproof

.PHONY: bench smoke bench-service attribution bench-instrument test test-all fuzz-short lint clean

bench: $(MEMPROOF)
	@.ci/setup run $(ENGINE) $(SCENARIO)
	$(MEMPROOF) run -engine $(ENGINE) $(SCENARIO)

smoke: SCENARIO := scenarios/smoke.yaml
smoke: bench

bench-service: SCENARIO := scenarios/service.yaml
bench-service: bench

attribution: SCENARIO := scenarios/attribution.yaml
attribution: bench

bench-instrument:
	go test -run '^$$' -bench Instrument -benchtime 1x -timeout 30m ./bench/internal/sampler ./bench/internal/generator ./bench/internal/engine ./bench/internal/report

# Go decides what is out of date, so the binary is always asked for.
.PHONY: $(MEMPROOF)
$(MEMPROOF):
	@go build -o $@ ./bench/cmd/memproof

# At the end both name what was skipped, why, and how to get it.
test:
	go vet ./...
	.ci/tests test

test-all:
	.ci/tests test-all

# A number of inputs and no time: a test that is busy when its time is up may fail
# with "context deadline exceeded" and no input (go.dev/issue/75804, until Go 1.27).
FUZZTIME ?= 10000x
fuzz-short:
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
		done; \
	done

lint:
	go tool -modfile=.tools/go.mod golangci-lint run

clean:
	rm -rf .bin
