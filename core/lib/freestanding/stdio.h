/* SPDX-License-Identifier: Apache-2.0 */
/* Mbed TLS includes <stdio.h>, but the parts of it that are built use nothing from it. */
#ifndef CORE_LIB_FREESTANDING_STDIO_H
#define CORE_LIB_FREESTANDING_STDIO_H

#include <stddef.h>

#endif
