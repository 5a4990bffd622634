/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/trial.h"

#include <glib.h>

bool trial_is_on(const struct trial *trial)
{
    return trial->tried[TRIAL_READ] < TRIAL_ROUNDS;
}

enum trial_way trial_way(const struct trial *trial)
{
    if (trial_is_on(trial)) {
        return trial->tried[TRIAL_MAP] > trial->tried[TRIAL_READ] ? TRIAL_READ : TRIAL_MAP;
    }
    return trial->best[TRIAL_MAP] < trial->best[TRIAL_READ] ? TRIAL_MAP : TRIAL_READ;
}

size_t trial_map_size(const struct trial *trial)
{
    const bool is_known = trial->tried[TRIAL_MAP] > 0 && trial->tried[TRIAL_READ] > 0;
    const bool is_hopeless = trial->best[TRIAL_MAP] > 2 * trial->best[TRIAL_READ];
    return trial_is_on(trial) && (!is_known || is_hopeless) ? TRIAL_SIZE : SIZE_MAX;
}

void trial_note(struct trial *trial, enum trial_way way, size_t size, uint64_t nanoseconds)
{
    if (!trial_is_on(trial)) {
        trial->since += size;
        if (trial->since >= TRIAL_SPAN) {
            *trial = (struct trial){ .since = 0 };
        }
    } else if (size >= TRIAL_SIZE) {
        uint64_t *best = &trial->best[way];
        const uint64_t scaled = nanoseconds * TRIAL_SIZE / size;
        *best = trial->tried[way]++ == 0 ? scaled : MIN(*best, scaled);
    }
}
