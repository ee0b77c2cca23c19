# Every target is a line or two; what needs more stands in .ci/.

GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help needs run dev build web test bench weak torture image fuzz lint fmt pictures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: web ## build the pages and start the wall (flags: make run FLAGS="--listen :9000")
	go run ./cmd/wall $(FLAGS)

dev: ## the same, built and started anew whenever a file changes; open pages load themselves again
	.ci/dev $(FLAGS)

build: web ## bin/wall: everything in one file
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/wall ./cmd/wall

web: frontend/node_modules/.package-lock.json
	cd frontend && npm run --silent build

needs:
	@.ci/needs build

frontend/node_modules/.package-lock.json: frontend/package-lock.json | needs
	cd frontend && npm ci --no-audit --no-fund

test: ## everything that must be right: Go with the race detector, the front end, browsers
	.ci/test

bench: build ## how fast: the Go benchmarks, then the wall beside two reference hubs (BENCH="-full": in full size)
	go test -run '^$$' -bench . -benchmem ./...
	go run ./hub/yardstick/compare $(BENCH)

weak: web ## a weak phone and a projector, ten minutes each, with 5,000 notes and 100 votes a second
	cd frontend && WEAK_SECONDS=600 npm run --silent e2e -- weak.spec

torture: ## kill, freeze, cut off and fill up stores and hubs some thousand times, break builds on purpose, and print what it cost (35 minutes)
	.ci/torture

image: ## do what the Dockerfile says, without an engine, and run what comes of it
	go test ./docker -v -count 1 -run Image -image

fuzz: ## each fuzz target for a minute
	.ci/fuzz

lint: web ## what a careful reader would find: golangci-lint (built once, slowly), eslint, types
	go run $(GOLANGCI) run ./...
	cd frontend && npm run --silent lint && npm run --silent check

fmt: ## format everything
	gofmt -w cmd hub frontend/embed.go
	cd frontend && npm run --silent format

pictures: web ## every face in every state and size, into pictures/
	cd frontend && npm run --silent pictures

clean: ## remove what was built
	rm -rf bin frontend/dist/assets frontend/dist/*.html* frontend/node_modules
