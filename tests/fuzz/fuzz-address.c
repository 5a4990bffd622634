/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../lib/address-property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *word = g_strndup((const char *)data, size); /* ends at the first NUL */

    check_address(word);
    return 0;
}
