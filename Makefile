# Licet: see README.md. `make help` lists the targets and what may be set.

PREFIX  ?= /usr/local
MODE    ?= release
B       := build/$(MODE)

ifeq ($(filter $(MODE),release debug asan cov fuzz deb),)
$(error MODE=$(MODE) is unknown: release, debug, asan, cov, fuzz or deb)
endif

CFLAGS_release := -O2 -g
CFLAGS_debug   := -O0 -g3
CFLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined
SAN_asan       := -fsanitize=address,undefined
CFLAGS_cov     := -O0 -g
SAN_cov        := --coverage
CFLAGS_fuzz    := -O1 -g -fno-omit-frame-pointer
SAN_fuzz       := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
CFLAGS ?= $(CFLAGS_$(MODE))
SAN    := $(SAN_$(MODE))
ifeq ($(MODE),fuzz)
CC := clang
endif
# Debian's own flags. Of the folder it is built in the package says nothing, so that another gives the same bytes.
ifeq ($(MODE),deb)
debian  = $(shell DEB_BUILD_MAINT_OPTIONS='hardening=+all reproducible=-fixfilepath,-fixdebugpath' dpkg-buildflags --get $(1))
CFLAGS  := $(call debian,CFLAGS) $(call debian,CPPFLAGS) -ffile-prefix-map="$$PWD"=.
LDFLAGS := $(call debian,LDFLAGS)
endif
# A warning stops the project's own runs, not a user with another compiler.
WERROR ?= $(if $(filter true,$(CI)),-Werror)

# Of Debian 13 hiredis has TLS. Its OpenSSL is looked for where it is needed alone.
DEBIAN    := $(shell . /etc/os-release 2> /dev/null; echo $${VERSION_ID:-0})
TLS       := $(if $(filter-out 0 1 2 3 4 5 6 7 8 9 10 11 12,$(DEBIAN)),yes)
PACKAGES  := libevent hiredis libconfig jansson libsodium libsystemd ncursesw zlib libzstd libqrencode $(if $(TLS),hiredis_ssl openssl)
APT_BUILD := gcc libc6-dev make pkg-config libevent-dev libhiredis-dev libconfig-dev libjansson-dev libsodium-dev libsystemd-dev libncurses-dev zlib1g-dev libzstd-dev libqrencode-dev scdoc $(if $(TLS),libssl-dev)
APT_DEB   := dpkg-dev
APT_TEST  := libcmocka-dev curl faketime jq redis-server redis-tools python3 python3-redis tzdata nodejs node-redis php-cli php-redis systemd openssl \
             stunnel4 python3-prometheus-client tmux procps zsh mandoc git xlsx2csv zstd chromium chromium-driver python3-selenium poppler-utils zbar-tools $(if $(findstring valkey,$(REDIS)),valkey-server)
APT_LINT  := clang-tidy clang-format cppcheck
APT_FUZZ  := clang libclang-rt-dev
APT_FRESH := debootstrap systemd-container git
APT_BOOT  := $(APT_FRESH) lintian

ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -iquote include -iquote src -iquote $(B)/gen -Wall -Wextra -Wshadow -Wstrict-prototypes \
              -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-unused-parameter $(WERROR) $(if $(TLS),-DLICET_TLS) \
              $$(pkg-config --cflags $(PACKAGES)) $(CPPFLAGS) $(CFLAGS) $(SAN)
# Each program is linked to what it calls: licetd draws nothing.
ALL_LDLIBS  = -Wl,--as-needed $$(pkg-config --libs $(PACKAGES)) -lm $(LDLIBS)

objects = $(patsubst src/%.c,$(B)/%.o,$(sort $(wildcard src/$(1)/*.c src/$(1)/*/*.c)))
CORE    := $(call objects,core)
IO      := $(call objects,io) $(B)/gen/lua_source.o
DAEMON  := $(call objects,daemon) $(B)/gen/page_files.o
CTL     := $(call objects,ctl) $(B)/gen/acl_text.o
UNITS   := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/*_test.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
UNITS   += $(B)/memory/memory_test
UNITLIB := $(patsubst tests/unit/%.c,$(B)/tests/%.o,$(filter-out %_test.c,$(wildcard tests/unit/*.c)))
LUA     := $(wildcard src/lua/*.lua)
PYTHON  := /usr/bin/python3

Q := $(if $(V),,@)

.PHONY: all deps pages build units check check-units check-install check-systemd check-fresh check-metrics coverage fuzz check-fuzz fuzzers \
        check-unit check-e2e check-cluster check-asan check-arrows check-docs check-mutants mutants index lint format demo race chaos memory failover check-long bench soak \
        bench-attempts bench-replicas install uninstall deb clean help always
.DELETE_ON_ERROR:

all: build

help:
	@awk '/^##@ / { print (n++ ? "\n" : "") substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { split($$0, part, ":.*## "); printf "  %-15s %s\n", part[1], part[2] } \
	  /^##= / { print "  " substr($$0, 5) }' $(MAKEFILE_LIST)

# A file named by the list of packages tells that they were there; apt is asked only when that list is
# new here. One after the other, as apt runs once at a time.
stamp       = build/deps-$(shell echo '$(1)' | cksum | cut -d' ' -f1)
STAMP_BUILD := $(call stamp,$(APT_BUILD))
STAMP_DEB   := $(call stamp,$(APT_DEB))
STAMP_TEST  := $(call stamp,$(APT_TEST))
$(STAMP_BUILD):
	@tests/packages '$(APT_BUILD)' $(firstword $(CC)) pkg-config scdoc $(PACKAGES)
	@mkdir -p build && touch $@
$(STAMP_DEB): | $(STAMP_BUILD)
	@tests/packages '$(APT_DEB)' dpkg-deb dpkg-shlibdeps dpkg-buildflags
	@touch $@
$(STAMP_TEST): | $(STAMP_BUILD)
	@tests/packages '$(APT_TEST)' cmocka curl faketime jq redis-server redis-cli python3 node php systemd-analyze openssl stunnel tmux ps zsh mandoc git xlsx2csv zstd chromium chromedriver pdftotext zbarimg
	@touch $@

# A file that is renewed when what it says is no longer so; what was made from it is then made again.
remember = mkdir -p $(@D); { $(1); } > $@.new; if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
# With what everything is compiled and linked: the compiler and the libraries may be others after an upgrade of Debian.
$(B)/flags: always | $(STAMP_BUILD)
	@$(call remember,$(CC) --version; pkg-config --modversion $(PACKAGES); echo $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(ALL_LDLIBS))
# Of what: a source that was removed is no longer linked.
$(B)/sources: always
	@$(call remember,printf '%s\n' $(CORE) $(IO) $(DAEMON) $(CTL) $(UNITLIB) $(LUA))

##@ Build
build: $(B)/licetd $(B)/licetctl ## build licetd and licetctl into build/release

$(B)/licetd: $(B)/licetd.o $(DAEMON) $(IO) $(CORE)
$(B)/licetctl: $(B)/licetctl.o $(CTL) $(IO) $(CORE)
LINK = $(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(ALL_LDLIBS)
$(B)/licetd $(B)/licetctl: $(B)/sources
	@echo '  LINK $@'
	$(Q)$(LINK)

$(B)/%.o: src/%.c $(B)/flags | $(B)/gen/layout.h
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/tests/%.o: tests/unit/%.c $(B)/flags | $(STAMP_TEST)
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -iquote tests/unit -MMD -MP -c -o $@ $<
# Of everything a unit test is linked with what it needs alone: fifty times the whole takes longer than its tests.
$(B)/tests/all.a: $(UNITLIB) $(CTL) $(DAEMON) $(IO) $(CORE) $(B)/sources
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)
$(B)/tests/%: $(B)/tests/%.o $(B)/tests/all.a
	@echo '  LINK $@'
	$(Q)$(LINK) -lcmocka
.PRECIOUS: $(B)/tests/%.o
$(B)/fuzz/%.o: tests/fuzz/%.c $(B)/flags
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -iquote tests/fuzz -MMD -MP -c -o $@ $<
$(B)/fuzz/%: $(B)/fuzz/%.o $(B)/fuzz/fuzz.o $(CTL) $(IO) $(CORE) $(B)/sources
	@echo '  LINK $@'
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer,address,undefined -Wl,--wrap=exit $(LDFLAGS) -o $@ $(filter %.o,$^) $(ALL_LDLIBS)
.PRECIOUS: $(B)/fuzz/%.o

# What fails allocations, and what makes the disk slow: without the sanitizer, which they stand before.
$(B)/memory/%.so: tests/memory/%.c tests/memory/alloc.h $(B)/flags
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -O1 -g -fno-builtin -fPIC -shared -o $@ $<
$(B)/memory/%.o: tests/memory/%.c $(B)/flags | $(STAMP_TEST)
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(findstring alloc,$*),-fno-sanitize=all -fno-builtin) -iquote tests/unit -iquote tests/memory -MMD -MP -c -o $@ $<
$(B)/memory/memory_test: $(patsubst tests/%.c,$(B)/%.o,$(filter-out tests/memory/slow.c,$(wildcard tests/memory/*.c))) $(B)/tests/all.a
	@echo '  LINK $@'
	$(Q)$(LINK) -lcmocka -ldl $(if $(filter cov,$(MODE)),-u __gcov_dump)

# The functions are one Redis library: its files in the order of their names.
$(B)/gen: ; @mkdir -p $@
# Behind its first line, which names it, come the layouts that it shares with C.
LAYOUT := src/lua/layout.def src/lua/layout.awk
$(B)/gen/layout.h: $(LAYOUT) | $(B)/gen ; @awk -v to=c -f src/lua/layout.awk src/lua/layout.def > $@
$(B)/gen/licet.lua: $(LUA) $(LAYOUT) $(B)/sources | $(B)/gen
	@{ head -n 1 $(firstword $(sort $(LUA))); awk -v to=lua -f src/lua/layout.awk src/lua/layout.def; \
	   cat $(sort $(LUA)) | tail -n +2; } > $@
$(B)/gen/lua_source.c: $(B)/gen/licet.lua Makefile
	@{ echo '#include "io/redis/lua_source.h"'; echo 'const char lua_source[] ='; \
	   hash=$$(sha256sum < $< | cut -c1-16); \
	   cat $< | sed "s/@HASH@/$$hash/" | sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/'; echo ';'; \
	   echo "const char lua_source_hash[] = \"$$hash\";"; } > $@
$(B)/gen/acl_text.c: conf/redis-users.acl Makefile | $(B)/gen
	@{ echo '#include "ctl/setup/acl_text.h"'; echo 'const char acl_text[] ='; \
	   sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $<; echo ';'; } > $@
$(B)/gen/acl_text.o: $(B)/gen/acl_text.c $(B)/flags ; $(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
# The page as bytes, and packed; a name of its own for each as long as it does not change.
PAGE := src/page/index.html src/page/page.css src/page/page.js
$(B)/gen/page_files.c: $(PAGE) Makefile | $(B)/gen
	@bytes() { echo "static const unsigned char $$1[] = {"; od -An -v -tu1 | sed 's/[0-9][0-9]*/&,/g'; echo '};'; }; \
	 { echo '#include "daemon/publish/page_files.h"'; n=0; rows=; \
	   for file in $(PAGE); do n=$$((n + 1)); path=$${file#src/page}; \
	     case $$path in *.html) path=/ type='text/html; charset=utf-8' ;; *.css) type='text/css; charset=utf-8' ;; \
	       *) type='text/javascript; charset=utf-8' ;; esac; \
	     bytes "plain_$$n" < $$file; gzip -9nc $$file | bytes "gz_$$n"; \
	     rows="$$rows\n\t{ \"$$path\", { \"$$type\", \"\\\"$$(sha256sum < $$file | cut -c1-16)\\\"\", plain_$$n, gz_$$n, sizeof(plain_$$n), sizeof(gz_$$n) } },"; \
	   done; echo 'const struct page_file page_files[] = {'; printf "$$rows\n\t{ 0 },\n};\n" | tail -n +2; } > $@
$(B)/gen/page_files.o: $(B)/gen/page_files.c $(B)/flags ; $(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/gen/lua_source.o: $(B)/gen/lua_source.c $(B)/flags ; $(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# A page of the manual is its text, and what the tables of the program say.
PAGES := $(patsubst src/man/%.scd,$(B)/man/%,$(wildcard src/man/*.scd src/man/*/*.scd))
$(B)/man/%: src/man/%.scd src/man/gen $(B)/licetctl src/daemon/publish/metric_text.c conf/rulebooks/fr.conf $(LUA)
	@mkdir -p $(@D)
	@src/man/gen $(B)/licetctl $< > $@
pages: $(PAGES) ## build the pages of the manual into build/release/man

$(B)/bench/%: tests/bench/%.c $(IO) $(CORE) $(B)/flags $(B)/sources
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $(filter %.c %.o,$^) $(LDFLAGS) $(ALL_LDLIBS)

units: $(UNITS) ## build the unit tests
fuzzers: $(FUZZERS) ## build the fuzzers (MODE=fuzz)

install: build pages ## into DESTDIR and PREFIX; what was edited in /etc/licet stays, the shipped one beside it
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' systemd/install $(B)

uninstall: pages ## take that away again, but for what was edited
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' systemd/install $(B) remove

format: ## rewrite the sources in the project's format
	@tests/packages clang-format clang-format
	@find src include tests -name '*.[ch]' -exec clang-format -i {} +

clean: ## remove everything that was built
	rm -rf build
##= MODE=release|debug|asan   built with that, into build/MODE
##= CC, CFLAGS, CPPFLAGS, LDFLAGS, LDLIBS, PREFIX (/usr/local), DESTDIR are yours; V=1 shows the commands

##@ Test
deps: $(STAMP_BUILD) $(STAMP_TEST) ## install the Debian packages that are missing (needs root)

demo: deps ## the story of one campaign, told in a minute
	@$(MAKE) --no-print-directory -s build >&2
	@LICET_BUILD=$(B) $(PYTHON) -B tests/demo/demo.py

check: deps ## install what is missing, build, run every test
	@$(MAKE) --no-print-directory -j$$(nproc) build units
	@$(MAKE) --no-print-directory check-arrows check-unit check-mutants check-docs check-units check-install check-e2e
	@$(MAKE) --no-print-directory check-cluster CLUSTERED=take/test_outcomes
	@$(MAKE) --no-print-directory check-asan

check-unit: $(UNITS) ## unit tests
	@tests/run-unit $(UNITS)

check-mutants: $(UNITS) build ## a small sample of mutants, always the same: seconds
	@LICET_BUILD=$(B) $(PYTHON) -B tests/mutants/run.py --sample 24

check-e2e: deps build $(B)/memory/alloc.so $(B)/memory/slow.so ## the daemon and the command against a real redis-server
	@LICET_BUILD=$(B) $(PYTHON) -B tests/e2e/run.py

check-cluster: deps build $(B)/memory/alloc.so $(B)/memory/slow.so ## the same where Redis is a cluster of one node, and the prefix has a tag: some minutes
	@LICET_CLUSTER=1 LICET_BUILD=$(B) $(PYTHON) -B tests/e2e/run.py $(CLUSTERED)

check-asan: deps ## unit and end-to-end tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory -j$$(nproc) MODE=asan build units
	@$(MAKE) --no-print-directory MODE=asan check-unit check-e2e

check-arrows: build ## the core is pure; nothing points upwards
	@tests/check-arrows $(B)

check-units: deps build pages ## the systemd units are sound and hardened, as far as no boot is needed
	@LICET_BUILD=$(B) tests/systemd/check-units

check-install: deps build pages ## what install and uninstall do to files that were edited, and the Makefile to changes
	@LICET_BUILD=$(B) tests/check-install

check-docs: deps build pages ## README and manual: sound, linked, everything described once; each reason has rows and tests, each command a file
	@LICET_BUILD=$(B) tests/check-docs
	@LICET_BUILD=$(B) tests/reasons-index --check

index: build ## where each reason is tested: rows of tests/tables, unit and end-to-end tests; REASON=window-closing shows one
	@LICET_BUILD=$(B) tests/reasons-index $(REASON)

lint: deps ## clang-tidy, cppcheck and the format check
	@tests/lint '$(APT_LINT)'

coverage: deps ## lines and branches of src that the tests reach; a floor for each room
	@tests/coverage

check-metrics: deps ## the sample configuration of Prometheus and its alerts, by promtool
	@tests/packages prometheus promtool
	@promtool check config conf/licet-prometheus.yml

check-fuzz: deps ## each fuzzer for some seconds, from the corpus that is kept
	@tests/fuzz/run '$(APT_FUZZ)' $${FUZZ_SECONDS:-5}

fuzz: deps ## ten minutes of each fuzzer (FUZZ_SECONDS), on build/fuzz/corpus
	@tests/fuzz/run '$(APT_FUZZ)' $${FUZZ_SECONDS:-600}

race: deps build ## the proof that an opt-out is final, in its long form: a hundred thousand jobs, some minutes
	@LICET_BUILD=$(B) LICET_RACE=$${LICET_RACE:-100000} $(PYTHON) -B tests/e2e/run.py test_race.test

failover: deps build ## failovers of Redis with a sender at work: two minutes
	@LICET_BUILD=$(B) $(PYTHON) -B tests/e2e/run.py test_sentinel

chaos: deps build ## two thousand faults while jobs pass, and the count afterwards: some minutes
	@LICET_BUILD=$(B) LICET_CHAOS=$${LICET_CHAOS:-2000} $(PYTHON) -B tests/e2e/run.py test_chaos

memory: deps units build $(B)/memory/alloc.so $(B)/memory/slow.so ## every allocation of the long paths fails once, and hundreds while jobs pass: some minutes
	@LICET_MEMORY=all $(B)/memory/memory_test
	@LICET_BUILD=$(B) LICET_MEMORY=$${LICET_MEMORY:-500} $(PYTHON) -B tests/e2e/run.py test_memory.test

check-long: deps units build $(B)/memory/alloc.so $(B)/memory/slow.so ## race, failover, chaos, memory and all that is too long for check, once each: an hour
	@LICET_BUILD=$(B) tests/check-long '$(MAKE)'

mutants: deps units build ## each value of the law of France and some lines of the core, changed one at a time: a test must notice; minutes
	@LICET_BUILD=$(B) $(PYTHON) -B tests/mutants/run.py --core

bench: deps build $(B)/bench/plain $(B)/bench/sender $(B)/bench/biglog ## speed and size, each line beside its target
	@LICET_BUILD=$(B) $(PYTHON) -B tests/bench/bench.py

soak: deps build $(B)/bench/sender ## an hour at 2,000 jobs/s: what grows? SECONDS=, RATE=
	@LICET_BUILD=$(B) $(PYTHON) -B tests/bench/soak.py

bench-attempts: deps build ## memory of the attempts of a million numbers
	@LICET_BUILD=$(B) $(PYTHON) -B tests/bench/attempts.py

bench-replicas: deps build ## what WAIT costs the release path
	@LICET_BUILD=$(B) $(PYTHON) -B tests/bench/replicas.py
##= WERROR=-Werror   a warning stops the build; so it does with CI=true
##= REDIS=valkey-server   Valkey in place of Redis
##= FUZZ_SECONDS, LICET_JOBS (tests at a time), KEEP=1 (the folders of tests), LICET_SLOW=1 (the long ones too)

##@ Package
deb: $(STAMP_DEB) ## a Debian package, build/licet_<version>_<arch>.deb, and one of the debug symbols
	@rm -rf build/package
	@$(MAKE) --no-print-directory -s -j$$(nproc) MODE=deb PREFIX=/usr DESTDIR=build/package install
	@systemd/debian/build build/package

check-fresh: ## the two commands on minimal Debians 12 and 13, as root; FRESH='12-root 13-user' tries those alone
	@tests/fresh/run '$(APT_FRESH)'

check-systemd: deps ## the package on a real systemd, booted in a container, as root; on other releases too: SUITES='bookworm trixie'
	@tests/systemd/check '$(APT_BOOT)'

-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/*/*/*.d)
