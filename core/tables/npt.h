/* SPDX-License-Identifier: Apache-2.0 */
/* AMD nested page tables: long-mode page tables (AMD APM volume 2, 5.3 and 15.25). The processor walks them as a user
 * access, so every entry has the U bit (15.25.5). */
#ifndef CORE_TABLES_NPT_H
#define CORE_TABLES_NPT_H

#include "core/tables/stage2.h"

#define NPT_P (1ull << 0)
#define NPT_RW (1ull << 1)
#define NPT_US (1ull << 2)
#define NPT_PWT (1ull << 3)
#define NPT_PCD (1ull << 4)
#define NPT_PS (1ull << 7)   /* a page at level 2 or 3 */
#define NPT_NX (1ull << 63)  /* needs EFER.NXE in the host */

extern const struct stage2_format npt_format;

#endif
