/* SPDX-License-Identifier: Apache-2.0 */
/* Decoder for the plain MOVs. The operand's address is known from the fault; only direction, register and length matter. */
#include "core/monitor/mov.h"

#include <string.h>

#define LONGEST 12u /* REX, opcode, ModRM, SIB, 32 bits of displacement, 32 of immediate */
#define REX_FIRST 0x40u
#define REX_LAST 0x4fu
#define REX_W 0x08u
#define REX_R 0x04u
#define OPCODE_STORE 0x89u
#define OPCODE_LOAD 0x8bu
#define OPCODE_STORE_IMMEDIATE 0xc7u

/* Bytes of ModRM, SIB and displacement; 0 for a register operand. `sib` is the byte behind ModRM. */
static unsigned operand_length(uint8_t modrm, uint8_t sib)
{
    unsigned mod = modrm >> 6, rm = modrm & 7u;
    if (mod == 3)
        return 0;
    unsigned length = rm == 4 ? 2 : 1;
    if (mod == 1)
        return length + 1;
    if (mod == 2 || rm == 5 || (rm == 4 && (sib & 7u) == 5))
        return length + 4;
    return length;
}

bool mov_decode(const uint8_t *bytes, unsigned size, struct mov *mov)
{
    uint8_t code[LONGEST] = {0};
    memcpy(code, bytes, size < LONGEST ? size : LONGEST);
    unsigned at = 0;
    uint8_t rex = 0;
    if (code[at] >= REX_FIRST && code[at] <= REX_LAST)
        rex = code[at++];
    uint8_t opcode = code[at++];
    uint8_t modrm = code[at];
    unsigned operand = operand_length(modrm, code[at + 1]);
    if (rex & REX_W || operand == 0)
        return false;
    at += operand;
    mov->reg = (uint8_t)((modrm >> 3 & 7u) | (rex & REX_R ? 8u : 0u));
    mov->store = opcode != OPCODE_LOAD;
    mov->has_immediate = opcode == OPCODE_STORE_IMMEDIATE;
    mov->immediate = 0;
    if (mov->has_immediate) {
        if ((modrm >> 3 & 7u) != 0)
            return false;
        memcpy(&mov->immediate, code + at, 4);
        at += 4;
    } else if (opcode != OPCODE_STORE && opcode != OPCODE_LOAD) {
        return false;
    }
    mov->length = (uint8_t)at;
    return at <= size;
}
