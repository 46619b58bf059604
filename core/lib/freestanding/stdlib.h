/* SPDX-License-Identifier: Apache-2.0 */
/* Mbed TLS and libfdt include <stdlib.h>, but the parts of them that are built use nothing from it. */
#ifndef CORE_LIB_FREESTANDING_STDLIB_H
#define CORE_LIB_FREESTANDING_STDLIB_H

#include <stddef.h>

#endif
