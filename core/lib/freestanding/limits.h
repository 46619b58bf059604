/* SPDX-License-Identifier: Apache-2.0 */
/* <limits.h> of the x86-64 ABI, from what the compiler says; gcc's own header would ask for the C library's. */
#ifndef CORE_LIB_FREESTANDING_LIMITS_H
#define CORE_LIB_FREESTANDING_LIMITS_H

#define CHAR_BIT __CHAR_BIT__
#define UCHAR_MAX (__SCHAR_MAX__ * 2 + 1)
#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (__INT_MAX__ * 2U + 1U)
#define LONG_MAX __LONG_MAX__
#define ULONG_MAX (__LONG_MAX__ * 2UL + 1UL)
#define LLONG_MAX __LONG_LONG_MAX__
#define ULLONG_MAX (__LONG_LONG_MAX__ * 2ULL + 1ULL)

#endif
