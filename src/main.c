/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#ifndef IOVTOOL_VERSION
#define IOVTOOL_VERSION "unknown"
#endif

int main(void)
{
    return puts("iovtool " IOVTOOL_VERSION) < 0 || fflush(stdout) != 0 ? 2 : 0;
}
