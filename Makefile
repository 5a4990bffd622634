# iovtool: `make` builds it, `make help` lists everything else.

VERSION = 0.1.0

# ---- Yours: set these on the command line or in the environment ----------------------------------

CFLAGS ?= -O2 -g
CPPFLAGS ?=
LDFLAGS ?=
LDLIBS ?=
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CLANG ?= clang
CLANG_FORMAT ?= clang-format
BUILD ?= build

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
bashcompdir ?= $(datadir)/bash-completion/completions
zshcompdir ?= $(datadir)/zsh/site-functions
# fish looks in /usr/local/share only when XDG_DATA_DIRS names it.
fishcompdir ?= $(if $(filter /usr/local,$(prefix)),/etc/fish/completions,$(datadir)/fish/vendor_completions.d)

# V=1 shows the commands; WERROR=1 makes warnings errors.
V ?=
WERROR ?=
FUZZ_SECONDS ?= 10

# ---- Sources -------------------------------------------------------------------------------------

main_source = src/main.c
library_sources := $(filter-out $(main_source),$(sort $(wildcard src/*.c src/*/*.c)))
unit_sources := $(sort $(wildcard tests/unit/test-*.c))
fuzz_sources := $(sort $(wildcard tests/fuzz/fuzz-*.c))
all_sources := $(wildcard $(main_source)) $(library_sources) $(unit_sources) $(fuzz_sources)
bats_files := $(sort $(wildcard tests/*.bats))
# Those that run iovtool, and not what make has to install.
program_bats_files := $(filter-out %/check.bats %/cross.bats %/includes.bats %/packaging.bats,$(bats_files))
valgrind_bats_files := $(if $(bats_files),\
	$(shell grep -lE '^# bats (file|test)_tags=.*valgrind' $(bats_files)))
c_files := $(sort $(wildcard src/*.[ch] src/*/*.[ch] tests/*/*.[ch] tests/bench/reach/*.[ch]))
man_pages := $(sort $(wildcard man/*.[1-8]))

# ---- Flags: ours come first, so that yours win ---------------------------------------------------

warnings = -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wswitch-enum -Wvla $(if $(WERROR),-Werror)

# -isystem: the warnings above are about our headers, not about GLib's.
packages = glib-2.0 jansson
package_cflags := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(packages) 2>/dev/null))
package_libs := $(shell $(PKG_CONFIG) --libs $(packages) 2>/dev/null)

static_libs := $(shell $(PKG_CONFIG) --static --libs $(packages) 2>/dev/null)

# GLib, PCRE2 and jansson come from their archives where those are installed, since looking for shared
# libraries is what a start takes longest for: 1.05 ms instead of 1.28, cmp takes 1.0 (AMD EPYC). With
# SHARED=1 they are the shared ones, as a distribution wants them.
system_libs = -lm -lpthread -pthread -lrt -ldl
library_flags = $(filter-out $(system_libs),$(static_libs))
archive_of = $(filter /%,$(shell $(CC) -print-file-name=$(patsubst -l%,lib%.a,$1)))
lacks_archive = $(strip $(foreach flag,$(filter -l%,$(library_flags)),$(if $(call archive_of,$(flag)),,$(flag))))
archive_libs = -Wl,-Bstatic $(library_flags) -Wl,-Bdynamic $(filter $(system_libs),$(static_libs))
libs_static = $(static_libs)
libs_release := $(if $(SHARED)$(lacks_archive),$(package_libs),$(archive_libs))

own_flags = -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -Isrc $(package_cflags) $(warnings)

# Fortification needs optimization, is at odds with the sanitizers, and may come with the compiler.
predefined := $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null 2>/dev/null)
fortify_wanted := $(and $(findstring __OPTIMIZE__,$(predefined)),\
	$(if $(findstring _FORTIFY_SOURCE,$(predefined)),,yes),\
	$(if $(findstring -fsanitize,$(CFLAGS)),,yes))
accepted = $(shell $(CC) -Werror $1 -E -x c /dev/null >/dev/null 2>&1 && echo $1)
hardening := $(if $(fortify_wanted),-D_FORTIFY_SOURCE=2) -fPIE -fstack-protector-strong \
	$(call accepted,-fstack-clash-protection) $(call accepted,-fcf-protection)
hardening_link = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections

# ---- Variants: one tree of objects each, in $(BUILD)/VARIANT -------------------------------------
#
# first_V comes before your flags; last_V comes after them, because it is what makes the variant.

variants = release static asan tsan coverage fuzz lint-gcc lint-clang

cc_release = $(CC)
# Functions that nothing of the program calls, as some of core/iov.h, are left out by the linker.
first_release = $(hardening) -ffile-prefix-map='$(CURDIR)=.' -ffunction-sections -fdata-sections
link_release = $(hardening_link)

cc_static = $(CC)
first_static = $(first_release) -DIOVTOOL_STATIC
link_static = -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections

sanitizers = -fsanitize=address,undefined -fno-sanitize-recover=all
cc_asan = $(CC)
last_asan = -O1 -g -fno-omit-frame-pointer $(sanitizers)

cc_tsan = $(CC)
last_tsan = -O1 -g -fno-omit-frame-pointer -fsanitize=thread

cc_coverage = $(CC)
last_coverage = -O0 -g --coverage

cc_fuzz = $(CLANG)
last_fuzz = -O1 -g -fno-omit-frame-pointer $(sanitizers) -fsanitize=fuzzer-no-link
link_fuzz = -fsanitize=fuzzer

lint_flags = -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -Werror
cc_lint-gcc = gcc
last_lint-gcc = $(lint_flags)
cc_lint-clang = $(CLANG)
# What clang warns of does not depend on what it optimizes.
last_lint-clang = -O0 -U_FORTIFY_SOURCE -Werror

compile = $(cc_$1) $(own_flags) $(first_$1) $(CPPFLAGS) $(CFLAGS) $(last_$1)
link = $(cc_$1) $(first_$1) $(CFLAGS) $(last_$1) $(link_$1) $(LDFLAGS)
libs = $(or $(libs_$1),$(package_libs))
objects = $(patsubst %.c,$(BUILD)/$1/%.o,$2)
programs = $(patsubst %.c,$(BUILD)/$1/%,$2)

quiet = $(if $(V),,@)
say = $(if $(V),,@printf '  %-6s %s\n' '$1' '$2')

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: FORCE
.DEFAULT_GOAL := all

# A stamp is a file that holds $1 and changes only when $1 does: who depends on it is rebuilt then.
define stamp_recipe
$(if $(package_libs),,$(error '$(PKG_CONFIG)' does not find $(packages): 'make deps' installs what is missing))
@mkdir -p $(@D)
@printf '%s\n' '$(subst ','\'',$1)' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$1)' >$@
endef

define variant_rules
$(BUILD)/$1/compile.stamp: FORCE
	$$(call stamp_recipe,$$(call compile,$1) $$(VERSION))

$(BUILD)/$1/link.stamp: FORCE
	$$(call stamp_recipe,$$(call link,$1) $$(call libs,$1) $$(LDLIBS) $$(library_sources))

$(BUILD)/$1/%.o: %.c $(BUILD)/$1/compile.stamp
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(quiet)$$(call compile,$1) $$(version_flag) -MMD -MP -c -o $$@ $$<

$(BUILD)/$1/src/main.o: private version_flag = -DIOVTOOL_VERSION='"$$(VERSION)"'

$(BUILD)/$1/iovtool: $(BUILD)/$1/src/main.o
$$(call programs,$1,$$(unit_sources) $$(fuzz_sources)): %: %.o
$(BUILD)/$1/iovtool $$(call programs,$1,$$(unit_sources) $$(fuzz_sources)): \
		$$(call objects,$1,$$(library_sources)) $(BUILD)/$1/link.stamp
	$$(call say,LINK,$$@)
	$$(quiet)$$(call link,$1) -o $$@ $$(filter %.o,$$^) $$(call libs,$1) $$(LDLIBS)

-include $$(patsubst %.c,$(BUILD)/$1/%.d,$$(all_sources))
endef
$(foreach variant,$(variants),$(eval $(call variant_rules,$(variant))))

# ---- Build ---------------------------------------------------------------------------------------

.PHONY: all
all: $(BUILD)/release/iovtool ## build iovtool (the default)

.PHONY: static
static: $(BUILD)/static/iovtool ## build build/static/iovtool, which needs no library

.PHONY: deps deps-lint deps-bench deps-deb deps-cross
deps: ## install what building and testing need, by apt-get
	@.ci/deps build test
deps-lint: ## install what `make lint` and `make fuzz` need
	@.ci/deps build test lint
deps-bench: ## install what `make bench` compares with
	@.ci/deps build test bench
deps-deb: ## install what `make deb` and `make check-deb` need
	@.ci/deps build deb
deps-cross: ## install what `make check-cross ARCH=...` needs
	$(cross_target_known)
	@.ci/deps build test cross:$(cross_prefix)

# ---- Other processors: the same rules, once more, with another compiler and other libraries -------

# ARCH is Debian's name: what gcc calls it, and what runs its programs.
cross_targets = arm64:aarch64-linux-gnu:qemu-aarch64 armhf:arm-linux-gnueabihf:qemu-arm \
	s390x:s390x-linux-gnu:qemu-s390x riscv64:riscv64-linux-gnu:qemu-riscv64 i386:i686-linux-gnu:$(i386_runner)
# x86-64 runs programs for i386 itself; qemu-i386 7.2 gives threads the identity of each other.
i386_runner = $(if $(filter x86_64,$(shell uname -m)),ld-linux.so.2,qemu-i386)
ARCH ?=
BATS ?= $(basename $(notdir $(program_bats_files)))
cross_target = $(subst :, ,$(filter $(ARCH):%,$(cross_targets)))
cross_prefix = $(word 2,$(cross_target))
cross_emulator = $(word 3,$(cross_target))
cross_build = $(BUILD)/$(ARCH)
cross_root = $(abspath $(cross_build))/root
cross_emulator_path = $(or $(shell command -v $(cross_emulator)),$(cross_emulator))
# By the name of the script that starts it: who starts himself again, as some unit tests do, gets here again.
cross_start = $(if $(filter ld-linux%,$(cross_emulator)),\
	$(cross_root)/lib/$(cross_emulator) --argv0 "$$0" --library-path $(cross_root)/lib/i386-linux-gnu:$(cross_root)/usr/lib/i386-linux-gnu,\
	$(cross_emulator_path) -0 "$$0" -L $(cross_root))
cross_target_known = $(if $(cross_target),,\
	$(error ARCH='$(ARCH)': it is one of $(foreach target,$(cross_targets),$(firstword $(subst :, ,$(target))))))

define cross_make
$(cross_target_known)
@command -v $(cross_prefix)-gcc >/dev/null || \
	{ echo '$@: $(ARCH): no $(cross_prefix)-gcc: make deps-cross ARCH=$(ARCH) installs it' >&2; exit 1; }
@.ci/target-root $(ARCH) $(cross_build)/root
+@export PKG_CONFIG_SYSROOT_DIR='$(cross_root)' && \
	export PKG_CONFIG_LIBDIR="$$(printf '%s:' "$$PKG_CONFIG_SYSROOT_DIR"/usr/lib/*/pkgconfig)" && \
	$(MAKE) --no-print-directory BUILD=$(cross_build) CC='$(cross_prefix)-gcc --sysroot=$(cross_build)/root' $1
@cp $(cross_build)/release/iovtool $(cross_build)/iovtool
$(call cross_runner,run,iovtool)
endef

# The script $1 runs $2, which is below build/ARCH.
cross_runner = @printf '\#!/bin/sh\nexec %s "$$@"\n' \
	'$(strip $(cross_start)) $(abspath $(cross_build))/$2' >$(cross_build)/$1 && chmod +x $(cross_build)/$1

.PHONY: cross
cross: ## build for ARCH=arm64, armhf, s390x, riscv64 or i386
	$(call cross_make,$(cross_build)/release/iovtool)

# test-libnbd loads libnbd, which the target's folder has not: it needs a great many other libraries.
cross_programs = $(patsubst %.c,$(cross_build)/release/%,$(filter-out %/test-libnbd.c,$(unit_sources)))
.PHONY: check-cross
check-cross: ## run the tests for ARCH that qemu-user can do
	$(call cross_make,$(cross_build)/release/iovtool $(cross_programs))
	@rm -rf $(cross_build)/bin && mkdir $(cross_build)/bin
	@ln -s ../run $(cross_build)/bin/iovtool
	@for name in $(notdir $(cross_programs)); do ln -s ../run-unit $(cross_build)/bin/$$name; done
	$(call cross_runner,run-unit,release/tests/unit/"$${0##*/}")
	@$(cross_build)/run --version >/dev/null || \
		{ echo '$@: $(ARCH): $(cross_emulator) does not run it: make deps-cross ARCH=$(ARCH)' >&2; exit 1; }
	@EMULATOR=$(cross_emulator) IOVTOOL=$(abspath $(cross_build))/bin/iovtool tests/lib/check --limit 900 \
		$(addprefix $(cross_build)/bin/,$(notdir $(cross_programs))) $(patsubst %,tests/%.bats,$(BATS))

# ---- Tests ---------------------------------------------------------------------------------------

tested = IOVTOOL=$(abspath $(BUILD))/$1/iovtool tests/lib/check

.PHONY: check check-unit check-static check-asan check-asan-short check-valgrind
check: ## run all tests
check: $(BUILD)/release/iovtool $(call programs,release,$(unit_sources))
	@$(call tested,release) $(call programs,release,$(unit_sources)) $(bats_files)

check-unit: ## run the unit tests only
check-unit: $(call programs,release,$(unit_sources))
	@tests/lib/check $^

check-static: $(BUILD)/static/iovtool ## run the bats tests with that file
	@STATIC=yes $(call tested,static) tests/static/static.bats $(program_bats_files)

check-asan: ## run all tests but those tagged plain with sanitizers
check-asan check-asan-short: export ASAN_OPTIONS = abort_on_error=1:verify_asan_link_order=0:allocator_may_return_null=1
check-asan check-asan-short: export UBSAN_OPTIONS = abort_on_error=1:print_stacktrace=1
check-asan: $(BUILD)/asan/iovtool $(call programs,asan,$(unit_sources))
	@$(call tested,asan) --limit 900 --tags '!plain' \
		$(call programs,asan,$(unit_sources)) $(bats_files)

check-asan-short: ## of these the unit tests and those tagged valgrind
check-asan-short: $(BUILD)/asan/iovtool $(call programs,asan,$(unit_sources))
	@$(call tested,asan) --limit 900 --tags 'valgrind,!plain' \
		$(call programs,asan,$(unit_sources)) $(valgrind_bats_files)

.PHONY: check-compilers objects
check-compilers: ## build with each compiler that is here
	@+.ci/compilers $(BUILD)/compilers
objects: $(call objects,release,$(all_sources))

.PHONY: check-tsan
check-tsan: ## run what starts threads under the thread sanitizer
check-tsan: export TSAN_OPTIONS = suppressions=$(CURDIR)/tests/lib/tsan.suppressions
check-tsan: $(BUILD)/tsan/iovtool $(call programs,tsan,tests/unit/test-guard.c)
	@$(call tested,tsan) --limit 900 --tags '!plain' $(call programs,tsan,tests/unit/test-guard.c) \
		tests/compare-large.bats

# The register updates are for the handler of SIGBUS, which resumes.
valgrind = valgrind -q --vex-iropt-register-updates=allregs-at-mem-access --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
$(BUILD)/valgrind/iovtool: $(BUILD)/release/iovtool
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexec %s "$$@"\n' '$(valgrind) $(abspath $<)' >$@
	@chmod +x $@

check-valgrind: export G_SLICE = always-malloc
check-valgrind: ## run the unit tests, and those tagged valgrind
check-valgrind: $(BUILD)/valgrind/iovtool $(call programs,release,$(unit_sources))
	@$(call tested,valgrind) --limit 1200 --tags valgrind --under '$(valgrind)' \
		$(call programs,release,$(unit_sources)) $(valgrind_bats_files)

# What iovtool is in `make check-short`: cut by the shims of the tests, unless the test has its own.
moving_bats_files = $(filter-out %-trouble.bats,$(filter $(patsubst %,tests/%%.bats,clone compare copy discard fill find framing \
	hexdump is-zero patch recv roundtrip segments send streams),$(bats_files)))
$(BUILD)/short/%.so: tests/lib/%.c
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -shared -fPIC -o $@ $< -ldl
$(BUILD)/short/iovtool: $(BUILD)/release/iovtool $(BUILD)/short/shim.so $(BUILD)/short/copy-shim.so
	@printf '%s\n' '#!/bin/sh' \
		'[ -n "$$LD_PRELOAD" ] || export SHIM_MOST="$$SHORT" SHIM_EINTR=3 SHIM_LOG=$(abspath $(@D))/log \' \
		'  LD_PRELOAD="$(abspath $(BUILD)/short/shim.so) $(abspath $(BUILD)/short/copy-shim.so)"' \
		'exec $(abspath $<) "$$@"' >$@
	@chmod +x $@

.PHONY: check-short check-faults
check-short: export ONE_OF = 20
check-short: ## run tests that move bytes, by calls that move few
check-short: $(BUILD)/short/iovtool
	@rm -f $(BUILD)/short/log
	@for most in 1 7 4095; do \
		SHORT=$$most $(call tested,short) --limit 900 --tags '!plain,!willing' $(moving_bats_files) || \
		exit; done
	@awk '{ n += $$2; m += $$3 } END { print n " transfers cut short, " m " interrupted"; exit !(n && m) }' \
		$(BUILD)/short/log

check-faults: ## let each system call of many runs fail once
check-faults: $(BUILD)/release/iovtool
	@tests/lib/faults $<

.PHONY: coverage
coverage: ## run all tests and print the lines covered in each file
coverage: $(BUILD)/coverage/iovtool $(call programs,coverage,$(unit_sources))
	@find $(BUILD)/coverage -name '*.gcda' -delete
	@$(call tested,coverage) --tags '!plain' $(call programs,coverage,$(unit_sources)) $(bats_files)
	@tests/lib/coverage $(BUILD)/coverage

.PHONY: fuzz
fuzz: ## run each fuzzer for FUZZ_SECONDS (10) seconds
fuzz: $(call programs,fuzz,$(fuzz_sources))
	@tests/lib/fuzz $(FUZZ_SECONDS) $(BUILD)/fuzz $^

.PHONY: bench
bench: ## compare speed: JOB=NAME one, RESULTS=1 keep them
bench: $(BUILD)/release/iovtool
	@IOVTOOL=$(abspath $<) tests/bench/run $(if $(RESULTS),--results) $(JOB)

.PHONY: bench-plot pictures
bench-plot: ## draw tests/bench/RESULTS.md as bars
	@mkdir -p $(BUILD)
	@.pictures/bars tests/bench/RESULTS.md >$(BUILD)/bench.svg
	@mv $(BUILD)/bench.svg .pictures/bench.svg

pictures: $(BUILD)/release/iovtool ## make the pictures of README.md anew
	@PATH='$(abspath $(dir $<))':"$$PATH" .pictures/make .pictures

# ---- Lint ----------------------------------------------------------------------------------------

lints = lint-gcc lint-clang lint-format lint-scripts lint-man lint-text lint-includes

.PHONY: lint $(lints)
lint: $(lints) ## all checks that need no running (`make -k lint`: go on)
lint_gcc_objects = $(call objects,lint-gcc,$(all_sources))
lint-gcc: $(lint_gcc_objects)
lint-clang: $(call objects,lint-clang,$(all_sources))
lint-format:
	$(CLANG_FORMAT) --dry-run -Werror $(c_files)
# In bats files, `run` assigns what is not assigned elsewhere, and a file may be named and read.
lint-scripts:
	shellcheck $$(grep -rlE --exclude='*.bats' '^#!.*sh$$|^# shellcheck shell=' .ci .pkg .pictures tests $(wildcard completions))
	$(if $(bats_files),shellcheck -e SC2094 -e SC2154 $(bats_files))
lint-man:
	$(if $(man_pages),mandoc -T lint -W warning $(man_pages))
lint-text:
	tests/lib/lint-text
lint-includes:
	bats tests/includes.bats

.PHONY: fmt
fmt: ## format the C sources in place
	$(CLANG_FORMAT) -i $(c_files)

# ---- Install -------------------------------------------------------------------------------------

# SOURCE:DESTINATION of all that is installed besides the program.
installed_data = \
	$(foreach page,$(man_pages),$(page):$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	$(addsuffix :$(bashcompdir)/iovtool,$(wildcard completions/iovtool.bash)) \
	$(addsuffix :$(zshcompdir)/_iovtool,$(wildcard completions/_iovtool)) \
	$(addsuffix :$(fishcompdir)/iovtool.fish,$(wildcard completions/iovtool.fish))

.PHONY: install uninstall
install: all ## install under prefix (/usr/local), below DESTDIR
	$(INSTALL) -D -m 755 $(BUILD)/release/iovtool '$(DESTDIR)$(bindir)/iovtool'
	$(foreach pair,$(installed_data),$(call install_data,$(subst :, ,$(pair))))
define install_data
$(INSTALL) -D -m 644 $(word 1,$1) '$(DESTDIR)$(word 2,$1)'

endef

uninstall: ## remove what install put there
	rm -f '$(DESTDIR)$(bindir)/iovtool' \
		$(foreach pair,$(installed_data),'$(DESTDIR)$(word 2,$(subst :, ,$(pair)))')

# ---- The rest ------------------------------------------------------------------------------------

# The same commit gives the same tarball: times and order are those of git, not of the disk.
tarball = $(BUILD)/iovtool-$(VERSION).tar.gz
DISTCHECK ?= check-unit
deb_folder = $(if $(ARCH),$(cross_build),$(BUILD))/deb

.PHONY: dist distcheck deb check-deb
dist: ## make a source tarball of the last commit
	@git rev-parse --quiet --verify HEAD >/dev/null || \
		{ echo '$@: there is no commit to make it of' >&2; exit 1; }
	@mkdir -p $(BUILD)
	git -c tar.umask=0022 -c tar.tar.gz.command='gzip -9n' archive \
		--prefix=iovtool-$(VERSION)/ -o $(tarball) HEAD

distcheck: dist ## build, test and install it; DISTCHECK=check: all tests
	.pkg/distcheck $(tarball) $(DISTCHECK)

deb: dist ## make a Debian package of it, for ARCH if that is set
	$(if $(ARCH),$(cross_target_known).ci/target-root $(ARCH) $(cross_root))
	.pkg/deb $(tarball) $(deb_folder) $(if $(ARCH),$(ARCH) $(cross_prefix) $(cross_root))
	lintian --fail-on error $(deb_folder)/iovtool_$(VERSION)-1_*.changes

check-deb: deb ## make it twice, and test it in a fresh Debian (root)
	DEB_BUILD_OPTIONS=nocheck .pkg/deb $(tarball) $(BUILD)/deb-again
	cmp $(BUILD)/deb/iovtool_$(VERSION)-1_*.deb $(BUILD)/deb-again/iovtool_$(VERSION)-1_*.deb
	.pkg/check-deb $(BUILD)/deb/iovtool_$(VERSION)-1_*.deb

.PHONY: clean
clean: ## remove all that was built
	rm -rf $(BUILD)

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
