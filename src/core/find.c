/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/find.h"

#include <glib.h>
#include <string.h>

#include "core/find-internal.h"
#include "core/variant.h"

#define SAMPLE 4096u
#define OFFSETS_TRIED 256u

/* Places pay for what was compared in vain: one such comparison may come in so many places. */
#define VAIN_COST 32
#define CREDIT_MAX (256 * 1024)
#define CREDIT_PER_SAMPLED 16

/* Below this a comparison in vain costs so little that it may come at every place. */
#define LONG_PATTERN 64u

struct find_pattern {
    uint8_t *bytes; /* those bits that the mask leaves open are 0 */
    uint8_t *mask;  /* NULL: all bits count */
    size_t length;
    struct find_probe probe;
    int64_t credit;   /* when it is used up, another probe is chosen */
    bool was_used_up; /* and the probe chosen then was no better */
};

static uint64_t fitting(const struct find_probe *probe, const uint8_t *buffer, size_t at,
                        size_t places)
{
    const uint8_t *first = buffer + at + probe->offset[0];
    const uint8_t *second = buffer + at + probe->offset[1];
    uint64_t found = 0;

    for (size_t i = 0; i < places; i++) {
        uint64_t fits = (first[i] & probe->mask[0]) == probe->value[0] &&
                        (second[i] & probe->mask[1]) == probe->value[1];

        found |= fits << i;
    }
    return found;
}

uint64_t find_scalar(const struct find_probe *probe, const uint8_t *buffer, size_t *at,
                     size_t starts)
{
    for (; starts - *at >= FIND_BLOCK; *at += FIND_BLOCK) {
        uint64_t found = fitting(probe, buffer, *at, FIND_BLOCK);

        if (found != 0) {
            return found;
        }
    }
    return 0;
}

static find_kernel *const kernels[VARIANT_COUNT] = {
    [VARIANT_SCALAR] = find_scalar,
#if defined(__x86_64__)
    [VARIANT_SSE2] = find_sse2,
    [VARIANT_AVX2] = find_avx2,
#elif defined(__AARCH64EL__)
    [VARIANT_NEON] = find_neon,
#endif
};

static unsigned chosen;

__attribute__((constructor)) static void choose_variant(void)
{
    chosen = variant_best();
}

bool find_use_variant(unsigned index, const char **name)
{
    return variant_use(index, &chosen, name);
}

struct find_pattern *find_pattern_new(const uint8_t *bytes, const uint8_t *mask, size_t length)
{
    struct find_pattern *pattern = g_new0(struct find_pattern, 1);

    g_assert(length > 0);
    pattern->bytes = g_memdup2(bytes, length);
    pattern->length = length;
    for (size_t i = 0; mask != NULL && i < length; i++) {
        if (mask[i] != UINT8_MAX && pattern->mask == NULL) {
            pattern->mask = g_memdup2(mask, length);
        }
        pattern->bytes[i] &= mask[i];
    }
    return pattern;
}

void find_pattern_free(struct find_pattern *pattern)
{
    if (pattern != NULL) {
        g_free(pattern->bytes);
        g_free(pattern->mask);
        g_free(pattern);
    }
}

size_t find_pattern_length(const struct find_pattern *pattern)
{
    return pattern->length;
}

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

static bool fits_masked(const struct find_pattern *pattern, const uint8_t *bytes)
{
    size_t i = 0;

    for (; pattern->length - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        if ((load64(bytes + i) & load64(pattern->mask + i)) != load64(pattern->bytes + i)) {
            return false;
        }
    }
    for (; i < pattern->length; i++) {
        if ((bytes[i] & pattern->mask[i]) != pattern->bytes[i]) {
            return false;
        }
    }
    return true;
}

bool find_pattern_fits(const struct find_pattern *pattern, const uint8_t *bytes)
{
    return pattern->mask != NULL ? fits_masked(pattern, bytes)
                                 : memcmp(bytes, pattern->bytes, pattern->length) == 0;
}

static uint8_t mask_at(const struct find_pattern *pattern, size_t offset)
{
    return pattern->mask != NULL ? pattern->mask[offset] : UINT8_MAX;
}

/* How many bytes of a sample, of which so many have each value, the byte at `offset` fits. */
static unsigned count_fitting(const struct find_pattern *pattern, size_t offset,
                              const unsigned counts[256])
{
    uint8_t mask = mask_at(pattern, offset);
    unsigned sum = 0;

    if (mask == UINT8_MAX) {
        return counts[pattern->bytes[offset]];
    }
    for (unsigned value = 0; value < 256; value++) {
        sum += (value & mask) == pattern->bytes[offset] ? counts[value] : 0;
    }
    return sum;
}

static void set_probe(struct find_pattern *pattern, unsigned which, size_t offset)
{
    pattern->probe.offset[which] = offset;
    pattern->probe.value[which] = pattern->bytes[offset];
    pattern->probe.mask[which] = mask_at(pattern, offset);
}

/* Of a byte that comes again in the pattern, the second says less. */
static bool repeats_first(const struct find_pattern *pattern, size_t offset)
{
    return pattern->bytes[offset] == pattern->probe.value[0] &&
           mask_at(pattern, offset) == pattern->probe.mask[0];
}

/* The two bytes of the pattern that are rarest in the sample. */
static void choose_probe(struct find_pattern *pattern, const uint8_t *sample, size_t bytes)
{
    const size_t step = 1 + (pattern->length - 1) / OFFSETS_TRIED;
    unsigned counts[256] = { 0 };

    for (size_t i = 0; i < bytes; i++) {
        counts[sample[i]]++;
    }
    for (unsigned which = 0; which < 2; which++) {
        unsigned least = UINT_MAX;
        size_t best = 0;

        for (size_t offset = 0; offset < pattern->length; offset += step) {
            unsigned count = 2 * count_fitting(pattern, offset, counts);

            if (which == 1 && offset == pattern->probe.offset[0]) {
                continue;
            }
            count += which == 1 && repeats_first(pattern, offset) ? count + 1 : 0;
            if (count < least) {
                least = count;
                best = offset;
            }
        }
        set_probe(pattern, which, best);
    }
}

static void sample_data(struct find_pattern *pattern, const uint8_t *data, size_t bytes)
{
    const size_t sample = MIN(bytes, SAMPLE);

    choose_probe(pattern, data, sample);
    pattern->credit = (int64_t)sample * CREDIT_PER_SAMPLED;
}

/* The candidates in the first block that has some; 0: there are no more, and *at is `starts`. */
static uint64_t next_candidates(struct find_pattern *pattern, const uint8_t *buffer, size_t *at,
                                size_t starts)
{
    const size_t before = *at;
    uint64_t found = kernels[chosen](&pattern->probe, buffer, at, starts);

    if (found == 0) {
        found = fitting(&pattern->probe, buffer, *at, starts - *at);
        *at = found != 0 ? *at : starts;
    }
    pattern->credit = MIN(pattern->credit + (int64_t)(*at - before), CREDIT_MAX);
    return found;
}

/* Two bytes are no help against data that is much like the pattern; this is linear always. */
static size_t find_in_any_data(const struct find_pattern *pattern, const uint8_t *buffer, size_t at,
                               size_t starts)
{
    const uint8_t *hit =
        memmem(buffer + at, starts - at + pattern->length - 1, pattern->bytes, pattern->length);

    return hit != NULL ? (size_t)(hit - buffer) : starts;
}

/* False: searching this way is given up. */
static bool renew_credit(struct find_pattern *pattern, const uint8_t *buffer, size_t at,
                         size_t starts)
{
    const bool again = pattern->was_used_up;

    pattern->was_used_up = !again && pattern->credit < 0;
    sample_data(pattern, buffer + at, starts - at + pattern->length - 1);
    return !again || pattern->mask != NULL || pattern->length < LONG_PATTERN;
}

size_t find_next(struct find_pattern *pattern, const void *buffer, size_t starts)
{
    const int64_t vain_cost = VAIN_COST + (int64_t)(pattern->length / 16);
    const uint8_t *bytes = buffer;
    size_t at = 0;

    while (at < starts) {
        uint64_t candidates;

        if (pattern->credit <= 0 && !renew_credit(pattern, bytes, at, starts)) {
            return find_in_any_data(pattern, bytes, at, starts);
        }
        candidates = next_candidates(pattern, bytes, &at, starts);
        for (; candidates != 0; candidates &= candidates - 1) {
            size_t place = at + (size_t)__builtin_ctzll(candidates);

            if (find_pattern_fits(pattern, bytes + place)) {
                return place;
            }
            pattern->credit -= vain_cost;
        }
        at = MIN(at + FIND_BLOCK, starts);
    }
    return starts;
}
