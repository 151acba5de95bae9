# Licet: see README.md. `make help` lists the targets.
#
# CFLAGS, LDFLAGS, DESTDIR and PREFIX are yours; V=1 shows the commands. MODE=debug or MODE=asan builds
# into a folder of its own.

PREFIX  ?= /usr/local
MODE    ?= release
B       := build/$(MODE)

CFLAGS_release := -O2 -g
CFLAGS_debug   := -O0 -g3
CFLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined
CFLAGS_deb     := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wformat -Werror=format-security
CFLAGS ?= $(CFLAGS_$(MODE))
SAN_asan := -fsanitize=address,undefined
CFLAGS_cov := -O0 -g
SAN_cov := --coverage
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer
SAN_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
SAN      := $(SAN_$(MODE))
ifeq ($(MODE),fuzz)
CC := clang
endif
ifeq ($(MODE),deb)
LDFLAGS  ?= -Wl,-z,relro,-z,now
endif

PACKAGES := libevent hiredis libconfig jansson libsystemd
APT      := gcc make pkg-config libevent-dev libhiredis-dev libconfig-dev libjansson-dev libsystemd-dev \
            libcmocka-dev curl faketime redis-server redis-tools python3 python3-redis tzdata \
            nodejs node-redis systemd dpkg-dev openssl stunnel4 python3-prometheus-client tmux procps zsh mandoc
APT_LINT := clang-tidy clang-format cppcheck
APT_FUZZ := clang-14 clang libclang-rt-14-dev
APT_BOOT := debootstrap systemd-container lintian

ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -iquote include -iquote src -iquote $(B)/gen -Wall -Wextra -Wshadow -Wstrict-prototypes \
              -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-unused-parameter $(WERROR) \
              $$(pkg-config --cflags $(PACKAGES)) $(CPPFLAGS) $(CFLAGS) $(SAN)
ALL_LDLIBS  = $$(pkg-config --libs $(PACKAGES)) -lm $(LDLIBS)

objects = $(patsubst src/%.c,$(B)/%.o,$(sort $(wildcard src/$(1)/*.c src/$(1)/*/*.c)))
CORE    := $(call objects,core)
IO      := $(call objects,io) $(B)/gen/lua_source.o
DAEMON  := $(call objects,daemon)
CTL     := $(call objects,ctl)
UNITS   := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/*_test.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
UNITS   += $(B)/memory/memory_test
UNITLIB := $(patsubst tests/unit/%.c,$(B)/tests/%.o,$(filter-out %_test.c,$(wildcard tests/unit/*.c)))
LUA     := $(wildcard src/lua/*.lua)
PYTHON  := /usr/bin/python3

Q := $(if $(V),,@)

.PHONY: all deps docs build units check check-units check-systemd check-metrics coverage fuzz check-fuzz fuzzers check-unit check-e2e check-asan check-arrows check-docs lint format demo race chaos memory failover bench bench-attempts bench-replicas install deb clean help
.DELETE_ON_ERROR:

all: build

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1 - /p' $(MAKEFILE_LIST) | sort

# A file named by the list of packages tells that they were there; apt is asked
# only when that list is new here.
STAMP := build/deps-$(shell echo '$(APT)' | cksum | cut -d' ' -f1)
deps: $(STAMP) ## install the Debian packages that are missing (needs root)
$(STAMP):
	@tests/packages '$(APT)'
	@mkdir -p build && touch $@

build: $(B)/licetd $(B)/licetctl ## build licetd and licetctl

$(B)/licetd: $(B)/licetd.o $(DAEMON) $(IO) $(CORE)
$(B)/licetctl: $(B)/licetctl.o $(CTL) $(IO) $(CORE)
$(B)/licetd $(B)/licetctl:
	@echo '  LINK $@'
	$(Q)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(ALL_LDLIBS)

$(B)/%.o: src/%.c $(STAMP) | $(B)/gen
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/tests/%.o: tests/unit/%.c $(STAMP)
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -iquote tests/unit -MMD -MP -c -o $@ $<
$(B)/tests/%: $(B)/tests/%.o $(UNITLIB) $(CTL) $(DAEMON) $(IO) $(CORE)
	@echo '  LINK $@'
	$(Q)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(ALL_LDLIBS) -lcmocka
.PRECIOUS: $(B)/tests/%.o
$(B)/fuzz/%.o: tests/fuzz/%.c $(STAMP)
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -iquote tests/fuzz -MMD -MP -c -o $@ $<
$(B)/fuzz/%: $(B)/fuzz/%.o $(B)/fuzz/fuzz.o $(CTL) $(IO) $(CORE)
	@echo '  LINK $@'
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer,address,undefined -Wl,--wrap=exit $(LDFLAGS) -o $@ $^ $(ALL_LDLIBS)
.PRECIOUS: $(B)/fuzz/%.o
fuzzers: $(FUZZERS)

# What fails allocations: without the sanitizer, which it stands before.
$(B)/memory/alloc.so: tests/memory/alloc.c tests/memory/alloc.h $(STAMP)
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -O1 -g -fno-builtin -fPIC -shared -o $@ $<
$(B)/memory/%.o: tests/memory/%.c $(STAMP)
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(findstring alloc,$*),-fno-sanitize=all -fno-builtin) -iquote tests/unit -iquote tests/memory -MMD -MP -c -o $@ $<
$(B)/memory/memory_test: $(patsubst tests/%.c,$(B)/%.o,$(wildcard tests/memory/*.c)) $(UNITLIB) $(CTL) $(DAEMON) $(IO) $(CORE)
	@echo '  LINK $@'
	$(Q)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(ALL_LDLIBS) -lcmocka -ldl $(if $(filter cov,$(MODE)),-u __gcov_dump)

# The functions are one Redis library: its files in the order of their names.
$(B)/gen: ; @mkdir -p $@
$(B)/gen/lua_source.c: $(LUA) Makefile | $(B)/gen
	@{ echo '#include "io/redis/lua_source.h"'; echo 'const char lua_source[] ='; \
	   hash=$$(cat $(sort $(LUA)) | sha256sum | cut -c1-16); \
	   cat $(sort $(LUA)) | sed "s/@HASH@/$$hash/" | sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/'; echo ';'; \
	   echo "const char lua_source_hash[] = \"$$hash\";"; } > $@
$(B)/gen/lua_source.o: $(B)/gen/lua_source.c ; $(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

check: deps ## install what is missing, build, run every test
	@$(MAKE) --no-print-directory -j$$(nproc) WERROR=-Werror build units
	@$(MAKE) --no-print-directory check-arrows check-unit check-docs check-units check-e2e
	@$(MAKE) --no-print-directory check-asan

units: $(UNITS)

check-unit: $(UNITS) ## unit tests
	@tests/run-unit $(UNITS)

check-e2e: build $(B)/memory/alloc.so ## the daemon and the command against a real redis-server
	@LICET_BUILD=$(B) $(PYTHON) -B tests/e2e/run.py

check-asan: deps ## unit and end-to-end tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory -j$$(nproc) MODE=asan WERROR=-Werror build units
	@$(MAKE) --no-print-directory MODE=asan WERROR=-Werror check-unit check-e2e

check-arrows: build ## the core is pure; nothing points upwards
	@tests/check-arrows $(B)

check-units: build ## the systemd units are sound and hardened, as far as no boot is needed
	@LICET_BUILD=$(B) tests/systemd/check-units

check-docs: build ## what the README generates from tables is up to date
	@LICET_BUILD=$(B) tests/check-docs

docs: build ## renew what the README takes from tables
	@LICET_BUILD=$(B) tests/check-docs write

check-systemd: deb ## the package on a real systemd, booted in a container; as root
	@tests/packages '$(APT_BOOT)'
	@lintian --fail-on error --allow-root build/licet_*.deb
	@$(PYTHON) -B tests/systemd/run.py

check-metrics: deps ## the sample alerts, by promtool
	@tests/packages prometheus
	@promtool check rules conf/licet-alerts.yml

fuzz: deps ## ten minutes of each fuzzer (FUZZ_SECONDS), on build/fuzz/corpus
	@tests/fuzz/run '$(APT_FUZZ)' $${FUZZ_SECONDS:-600}

check-fuzz: deps ## each fuzzer for some seconds, from the corpus that is kept
	@tests/fuzz/run '$(APT_FUZZ)' $${FUZZ_SECONDS:-5}

coverage: deps ## lines and branches of src/core and src/io that the tests reach
	@tests/coverage

lint: deps ## clang-tidy, cppcheck and the format check
	@tests/lint '$(APT_LINT)'

format: ## rewrite the sources in the project's format
	@clang-format -i $$(git ls-files '*.c' '*.h')

demo: deps ## the story of one campaign, told in a minute
	@$(MAKE) --no-print-directory -s build >&2
	@LICET_BUILD=$(B) $(PYTHON) -B tests/demo/demo.py

race: build ## the proof that an opt-out is final, in its long form: a hundred thousand jobs, some minutes
	@LICET_BUILD=$(B) LICET_RACE=$${LICET_RACE:-100000} $(PYTHON) -B tests/e2e/run.py test_race

failover: build ## failovers of Redis with a sender at work: two minutes
	@LICET_BUILD=$(B) $(PYTHON) -B tests/e2e/run.py test_sentinel

chaos: build ## a thousand faults while jobs pass, and the count afterwards: some minutes
	@LICET_BUILD=$(B) LICET_CHAOS=$${LICET_CHAOS:-1000} $(PYTHON) -B tests/e2e/run.py test_chaos

$(B)/bench/plain: tests/bench/plain.c $(IO) $(CORE)
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(ALL_LDLIBS)

memory: units build $(B)/memory/alloc.so ## every allocation of the long paths fails once, and hundreds while jobs pass: some minutes
	@LICET_MEMORY=all $(B)/memory/memory_test
	@LICET_BUILD=$(B) LICET_MEMORY=$${LICET_MEMORY:-500} $(PYTHON) -B tests/e2e/run.py test_memory.test

bench: build $(B)/bench/plain ## speed and size, each line beside its target
	@LICET_BUILD=$(B) $(PYTHON) -B tests/bench/bench.py

bench-attempts: build ## memory of the attempts of a million numbers
	@LICET_BUILD=$(B) $(PYTHON) -B tests/bench/attempts.py

bench-replicas: build ## what WAIT costs the release path
	@LICET_BUILD=$(B) $(PYTHON) -B tests/bench/replicas.py

# zsh looks for what packages bring elsewhere than for what is local.
ZSH_FOLDER := $(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)

install: build ## into DESTDIR/PREFIX
	install -D -m 755 $(B)/licetd $(DESTDIR)$(PREFIX)/sbin/licetd
	install -D -m 755 $(B)/licetctl $(DESTDIR)$(PREFIX)/bin/licetctl
	install -D -m 644 conf/licet.conf $(DESTDIR)/etc/licet/licet.conf
	install -d $(DESTDIR)/etc/licet/rulebooks $(DESTDIR)/lib/systemd/system
	install -m 644 conf/rulebooks/*.conf $(DESTDIR)/etc/licet/rulebooks
	sed 's|/usr/local|$(PREFIX)|' systemd/licetd.service > $(DESTDIR)/lib/systemd/system/licetd.service
	sed -e 's|/usr/local|$(PREFIX)|; s|^Description=.*|& (%i)|' \
	  -e 's|/etc/licet/licet.conf|/etc/licet/%i.conf --instance %i|' -e 's#%t/licetd/#%t/licetd-%i/#; s#^RuntimeDirectory=.*#&-%i#' \
	  systemd/licetd.service > $(DESTDIR)/lib/systemd/system/licetd@.service
	install -D -m 644 systemd/unix-socket.conf $(DESTDIR)$(PREFIX)/share/doc/licet/unix-socket.conf
	install -m 644 systemd/licet-stunnel.conf $(DESTDIR)$(PREFIX)/share/doc/licet
	install -m 644 README.md conf/redis-users.acl conf/licet-alerts.yml $(DESTDIR)$(PREFIX)/share/doc/licet
	install -D -m 644 systemd/licet.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/licet.conf
	install -D -m 644 systemd/licet.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/licet.conf
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8
	$(B)/licetctl man licetctl > $(DESTDIR)$(PREFIX)/share/man/man1/licetctl.1
	$(B)/licetctl man licet.conf > $(DESTDIR)$(PREFIX)/share/man/man5/licet.conf.5
	$(B)/licetctl man licetd > $(DESTDIR)$(PREFIX)/share/man/man8/licetd.8
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(B)/licetctl completion > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/licetctl
	install -d $(DESTDIR)$(PREFIX)/share/zsh/$(ZSH_FOLDER)
	$(B)/licetctl completion --shell zsh > $(DESTDIR)$(PREFIX)/share/zsh/$(ZSH_FOLDER)/_licetctl

deb: deps ## a Debian package, build/licet_<version>_<arch>.deb
	@rm -rf build/package
	@$(MAKE) --no-print-directory -s -j$$(nproc) MODE=deb WERROR=-Werror PREFIX=/usr DESTDIR=build/package install
	@systemd/debian/build build/package

clean: ## remove everything that was built
	rm -rf build

-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/*/*/*.d)
