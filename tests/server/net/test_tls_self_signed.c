/*
 * test_tls_self_signed.c - the certificate for trying things out.
 */
#include "server/net/tls_self_signed.h"

#include <criterion/criterion.h>
#include <openssl/x509v3.h>

#include "server/base/error.h"

TestSuite(net_tls_self_signed, .timeout = 10);

Test(net_tls_self_signed, it_is_for_this_machine_on_p_256_and_for_a_month)
{
    struct tri_error error;
    X509 *cert;
    EVP_PKEY *key;
    int days = 0, seconds = 0;
    char group[32];
    cr_assert(tri_tls_self_sign(&cert, &key, &error), "%s", error.text);
    cr_expect(X509_check_host(cert, "localhost", 0, 0, NULL) == 1);
    cr_expect(X509_check_host(cert, "example.org", 0, 0, NULL) != 1);
    cr_expect(X509_check_ip_asc(cert, "127.0.0.1", 0) == 1);
    cr_expect(X509_check_ip_asc(cert, "::1", 0) == 1);
    cr_expect(X509_check_private_key(cert, key) == 1 && X509_verify(cert, key) == 1);
    cr_expect(X509_check_ca(cert) == 0, "nobody should trust what it signs");
    cr_expect(EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1);
    cr_expect_str_eq(group, "prime256v1");
    cr_expect(
        ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(cert), X509_get0_notAfter(cert)) == 1);
    cr_expect(days == 30 && X509_cmp_current_time(X509_get0_notBefore(cert)) < 0);
    X509_free(cert);
    EVP_PKEY_free(key);
}

Test(net_tls_self_signed, no_two_are_alike)
{
    X509 *certs[2];
    EVP_PKEY *keys[2];
    for (int i = 0; i < 2; i++)
        cr_assert(tri_tls_self_sign(&certs[i], &keys[i], NULL));
    cr_expect(EVP_PKEY_eq(keys[0], keys[1]) != 1);
    cr_expect(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(certs[0]), X509_get0_serialNumber(certs[1])) != 0);
    for (int i = 0; i < 2; i++)
        X509_free(certs[i]), EVP_PKEY_free(keys[i]);
}
