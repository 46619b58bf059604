/* SPDX-License-Identifier: Apache-2.0 */
/* The static half of <assert.h>: what can be checked is checked when compiling. */
#ifndef CORE_LIB_FREESTANDING_ASSERT_H
#define CORE_LIB_FREESTANDING_ASSERT_H

#define static_assert _Static_assert

#endif
