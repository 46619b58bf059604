/* SPDX-License-Identifier: Apache-2.0 */
/* The PC's real-time clock behind ports 0x70 and 0x71 (Motorola MC146818A data sheet). */
#ifndef CORE_LIB_CMOS_H
#define CORE_LIB_CMOS_H

#define CMOS_PORT_INDEX 0x70u
#define CMOS_PORT_DATA 0x71u
#define CMOS_INDEX_MASK 0x7fu /* bit 7 masks NMIs on old machines */

#define CMOS_SECOND 0x00u
#define CMOS_MINUTE 0x02u
#define CMOS_HOUR 0x04u
#define CMOS_WEEKDAY 0x06u
#define CMOS_DAY 0x07u
#define CMOS_MONTH 0x08u
#define CMOS_YEAR 0x09u
#define CMOS_STATUS_A 0x0au
#define CMOS_STATUS_B 0x0bu
#define CMOS_STATUS_D 0x0du
#define CMOS_CENTURY 0x32u /* where PCs keep it; the FADT names it */

#define CMOS_A_UPDATING 0x80u
#define CMOS_A_32KHZ 0x26u
#define CMOS_B_24_HOURS 0x02u
#define CMOS_B_BINARY 0x04u
#define CMOS_D_VALID 0x80u
#define CMOS_HOUR_PM 0x80u

#endif
