.PHONY: build test bench fuzz generate check

build:
	go build -o pavise ./cmd/pavise

test:
	.ci/deps
	go test -race -timeout 10m ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

fuzz: # every fuzz target for 30 s
	grep -rEo '^func Fuzz\w+' --include='*_test.go' --exclude-dir=node_modules . | \
	while IFS=: read -r file func; do \
		go test -run '^$$' -fuzz "^$${func#func }$$" -fuzztime 30s "$$(dirname $$file)" || exit; \
	done

generate:
	go generate ./...

check:
	! find . -name '*.go' -not -path '*/node_modules/*' -exec gofmt -l {} + | grep .
	go vet ./...
