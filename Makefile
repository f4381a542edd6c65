# Two commands are enough on a fresh Debian 12 with Node, npm, git and root: `make run` and `make test`.
SHELL := /bin/sh
.DELETE_ON_ERROR:

# Says when what package-lock.json names is installed.
installed := node_modules/.package-lock.json

.PHONY: run test coverage check bench torture package install-test machine pages clean

# A fleet manager and simulated terminals on this machine, until Ctrl-C.
run: machine $(installed) pages
	@exec node_modules/.bin/node simulator/run.ts

test: machine $(installed) pages
	@PATH="$(CURDIR)/node_modules/.bin:$$PATH" c8 node test/run.ts

check: $(installed)
	@npm run --silent types
	@npm run --silent lint

bench: machine $(installed) pages
	@node_modules/.bin/node bench/main.ts

# The long form of the power-cut test; `AVYL_TORTURE_ROUNDS=n` makes it longer still.
torture: machine $(installed) pages
	@npm run --silent torture

# The Debian packages of the agent and of the fleet manager, in build/. The same sources give the same bytes.
package: machine $(installed) pages
	@node_modules/.bin/node provisioning/package/build.ts

# Both packages on a bare Debian: installed, enrolled, in use, removed and installed again.
install-test: package
	@npm run --silent install-test

# Debian packages that a terminal, a fleet, their simulation, the tests and the packages need.
machine:
	@sh provisioning/packages.sh terminal fleet simulation packaging

$(installed): package-lock.json package.json agent/package.json fleet/package.json
	npm ci --no-audit --no-fund
	@touch $@

pages: $(installed)
	@npm run --silent pages

clean:
	rm -rf node_modules agent/dist fleet/dist fleet/web/dist build coverage
