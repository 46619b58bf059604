/* SPDX-License-Identifier: Apache-2.0 */
/* Reads role and name from the client certificate: OU and CN, as authority.c has written them. */
#include "attest/verifier/identity.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static bool chain_is_good(gnutls_session_t session)
{
    unsigned status = ~0u;
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT};
    return gnutls_certificate_verify_peers(session, &purpose, 1, &status) == 0 && status == 0;
}

static bool read_names(const gnutls_datum_t *der, struct caller *caller)
{
    gnutls_x509_crt_t crt;
    char role[16] = "";
    size_t role_size = sizeof role, name_size = sizeof caller->name;
    if (gnutls_x509_crt_init(&crt) != 0)
        return false;
    bool good = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 &&
                gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, 0, 0, role, &role_size) == 0 &&
                gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, caller->name, &name_size) == 0;
    gnutls_x509_crt_deinit(crt);
    return good && role_read(role, &caller->role) && name_is_good(caller->name);
}

bool identity_read(void *session, struct caller *caller)
{
    unsigned count = 0;
    *caller = (struct caller){.role = ROLE_NONE};
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (chain == NULL || count == 0)
        return true;
    hash_bytes(TPM_ALG_SHA256, chain[0].data, chain[0].size, caller->certificate);
    if (chain_is_good(session) && read_names(&chain[0], caller))
        return true;
    *caller = (struct caller){.role = ROLE_NONE};
    return false;
}
