/* SPDX-License-Identifier: Apache-2.0 */
/* Mbed TLS includes <time.h>, but the parts of it that are built use nothing from it. */
#ifndef CORE_LIB_FREESTANDING_TIME_H
#define CORE_LIB_FREESTANDING_TIME_H

#include <stddef.h>

#endif
