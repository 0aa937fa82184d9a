.PHONY: build test bench microbench peers fuzz h2spec agree soak generate check release

# What takes longest begins first; what "make check" does, and what only a debugger reads, is left out. In
# the calm ones nothing of ours runs beside anything else, but as a process of its own: no race is looked for.
first = ./cmd/pavise ./catalog ./scan ./proxy
calm = ^[^/]+/(grade|report|sbom|site|vex|test/(agree|apps|dashboard|express|faults|observatory|php|shops|soak|tasks|wires))(/|$$)
fast = -vet=off -ldflags=-w -timeout 10m

build:
	go build -o pavise ./cmd/pavise

test:
	.ci/deps
	go test $(fast) -race -p 3 $(first) $$(go list ./... | grep -vE '$(calm)|/test/nodes$$')
	go test $(fast) -p 3 ./test/apps $$(go list ./... | grep -E '$(calm)') # most wait for a browser, not for a processor
	go test $(fast) -race ./test/nodes # alone: what answers late is told from what is away
	go test -run '^TestAllocations$$' ./catalog ./controls/session ./internal/... # which the race detector would distort
	cd test/bench && go test .

bench: # side by side with nginx, HAProxy, Caddy and Express; writes docs/performance.md
	.ci/deps bench
	cd test/bench && go run . -write ../../docs/performance.md

microbench:
	go test -run '^$$' -bench . -benchmem ./...

peers: # the chain beside what Go programs use instead; fetches them
	cd test/peers && go test -bench . -count 6 .

fuzz: # every fuzz target for 30 s
	grep -rEo '^func Fuzz\w+' --include='*_test.go' --exclude-dir=node_modules . | \
	while IFS=: read -r file func; do \
		go test -run '^$$' -fuzz "^$${func#func }$$" -fuzztime 30s "$$(dirname $$file)" || exit; \
	done

h2spec: # HTTP/2 by the letter; fetches h2spec
	cd test/h2spec && go test -count=1 .

agree: # packages beside osv-scanner, TLS beside testssl.sh and sslscan on many servers, in a quarter of an hour; writes docs/agreement.md
	.ci/deps
	cd test/agree/osv && go test -count=1 -timeout 30m . -osv-scanner -write ../../../docs/agreement.md
	cd test/agree && go test -count=1 -timeout 90m . -all -write ../../docs/agreement.md
	go test -count=1 -run AsApt ./audit/host -apt

soak: # twenty minutes of faults under load, with exact accounts; writes docs/soak.md
	.ci/deps
	go test -count=1 -run '^TestKilled$$' ./store/file -for 1m
	go test -count=1 -run '^TestKilled$$' ./mail -for 1m
	go test -count=1 -timeout 40m ./test/soak -for 20m -rate 300 -sockets 50 -write ../../docs/soak.md

generate:
	go generate ./...

check:
	! find . -name '*.go' -not -path '*/node_modules/*' -exec gofmt -l {} + | grep .
	go vet ./...

release: # binaries, built twice, Debian packages, bills of materials and checksums, into dist; fetches nfpm
	go run ./internal/release
