.PHONY: build test race bench microbench peers fuzz h2spec agree soak generate check release

# What takes longest begins first; what "make check" does, and what only a debugger reads, is left out.
fast = -vet=off -ldflags=-w -timeout 10m -p 3

build:
	go build -o pavise ./cmd/pavise

test:
	.ci/deps
	go test $(fast) ./test/apps ./cmd/pavise ./test/agree ./test/express ./catalog ./proxy ./scan $$(go list ./... | grep -v '/test/nodes$$')
	go test $(fast) ./test/nodes # alone: what answers late is told from what is away
	cd test/bench && go test .

# Where much goes on at once in one process.
busy = ./cmd/pavise ./catalog ./scan ./proxy . ./cmd/pavise/internal/relay ./controls/clients ./controls/login ./controls/requests \
	./controls/session ./dashboard ./examples/shop $(addprefix ./internal/,accesslog acme admin backends chainlog handover http1 http2 meter \
	offer traces upstream) ./mail/... ./store/... ./test/attack

race: # again, looking for data races
	.ci/deps
	go test $(fast) -race $(busy)
	go test $(fast) -race ./test/nodes

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
	go test -count=1 -run '^TestMinute$$' ./test/soak -minute -write ../../docs/soak.md
	go test -count=1 -timeout 40m -run '^TestSoak$$' ./test/soak -for 20m -rate 300 -sockets 50 -write ../../docs/soak.md

generate:
	go generate ./...

check:
	! find . -name '*.go' -not -path '*/node_modules/*' -exec gofmt -l {} + | grep .
	go vet ./...

release: # binaries, built twice, Debian packages, bills of materials and checksums, into dist; fetches nfpm
	go run ./internal/release
