# make test      everything, installing what it needs (about 10 minutes on 2 cores, the lab included; 16 the first time,
#                when everything is compiled)
# make quick     what to run while working (under a minute)
# make lab       the tests under a real kernel alone (about 8 minutes; see doc/hardware.md)
# make stress    10,000 seeds of an impaired link
# make fuzz      every fuzz target, FUZZTIME each (30s)
# make bench     benchmarks, in the format of benchstat
.PHONY: test quick lab stress fuzz bench lint generate

test:
	@scripts/test.sh

quick:
	go test -short ./...

lab:
	go test -p 2 -timeout 30m -skip '^TestThroughput$$' ./acceptance ./hil/... ./cmd/plugfest
	go test -timeout 30m -v -run '^TestThroughput$$' ./acceptance

lint: bin/staticcheck
	scripts/lint.sh

stress:
	go test ./wire/iap2/link -run TestImpairedLink -seeds 10000 -v -timeout 60m

FUZZTIME ?= 30s
fuzz:
	scripts/fuzz.sh $(FUZZTIME)

COUNT ?= 6
bench:
	go test -run '^$$' -bench . -benchmem -count $(COUNT) ./...

generate:
	go generate ./...

bin/staticcheck: tools/go.mod tools/go.sum
	cd tools && go build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
