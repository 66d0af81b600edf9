/*
 * papers.c - see papers.h.
 */
#include "papers.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "server/base/assert.h"

char papers_folder[32];

void papers_make(void)
{
    snprintf(papers_folder, sizeof(papers_folder), "/tmp/tri-papers-XXXXXX");
    tri_assert(mkdtemp(papers_folder));
}

void papers_remove(void)
{
    DIR *folder = opendir(papers_folder);
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            unlink(papers_path(entry->d_name));
    if (folder)
        closedir(folder);
    rmdir(papers_folder);
}

const char *papers_path(const char *name)
{
    static char paths[16][PAPER_PATH];
    static unsigned n;
    char *path = paths[n++ % 16];
    int len = snprintf(path, PAPER_PATH, "%s/%s", papers_folder, name);
    tri_assert(len > 0 && len < PAPER_PATH);
    return path;
}

/* Files come into being by a rename, so that no reader ever sees half of one. */
static FILE *begin(const char *path, char *ret_draft)
{
    snprintf(ret_draft, PAPER_PATH + 8, "%s.draft", path);
    FILE *file = fopen(ret_draft, "we");
    tri_assert(file);
    return file;
}

static void finish(FILE *file, const char *draft, const char *path)
{
    tri_assert(fclose(file) == 0 && rename(draft, path) == 0);
}

const char *papers_write(const char *name, const char *text)
{
    char draft[PAPER_PATH + 8];
    const char *path = papers_path(name);
    FILE *file = begin(path, draft);
    tri_assert(fputs(text, file) >= 0);
    finish(file, draft, path);
    return path;
}

/* --- certificates --- */

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    tri_assert(extension && X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void name_subject(X509 *cert, const char *name, const char *organization)
{
    X509_NAME *subject = X509_get_subject_name(cert);
    if (organization)
        tri_assert(X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                              (const unsigned char *)organization, -1, -1, 0) == 1);
    tri_assert(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name,
                                          -1, -1, 0) == 1);
}

static void say_what_for(X509 *cert, X509 *issuer, const struct paper_plan *plan, const char *name)
{
    char dns[128], place[160];
    snprintf(dns, sizeof(dns), "DNS:%s", name);
    extend(cert, issuer, NID_subject_key_identifier, "hash");
    if (issuer != cert)
        extend(cert, issuer, NID_authority_key_identifier, "keyid");
    if (plan->is_authority) {
        extend(cert, issuer, NID_basic_constraints, "critical,CA:TRUE");
        extend(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
        return;
    }
    extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
    extend(cert, issuer, NID_key_usage,
           plan->is_rsa ? "critical,digitalSignature,keyEncipherment"
                        : "critical,digitalSignature");
    extend(cert, issuer, NID_ext_key_usage, plan->is_client ? "clientAuth" : "serverAuth");
    if (!plan->is_client)
        extend(cert, issuer, NID_subject_alt_name, plan->alternatives ? plan->alternatives : dns);
    if (plan->revocations) {
        snprintf(place, sizeof(place), "URI:%s", plan->revocations);
        extend(cert, issuer, NID_crl_distribution_points, place);
    }
}

static void write_files(const struct paper *paper, const struct paper_plan *plan)
{
    const char *const paths[] = {paper->crt, paper->pem, paper->both};
    for (int i = 0; i < 3; i++) {
        char draft[PAPER_PATH + 8];
        FILE *file = begin(paths[i], draft);
        if (i != 1)
            tri_assert(PEM_write_X509(file, paper->cert) == 1);
        if (i != 1 && plan->between)
            tri_assert(PEM_write_X509(file, plan->between->cert) == 1);
        if (i != 0)
            tri_assert(PEM_write_PrivateKey(file, paper->key, NULL, NULL, 0, NULL, NULL) == 1);
        finish(file, draft, paths[i]);
    }
}

struct paper paper_make(const char *name, const struct paper_plan *plan)
{
    const char *common = plan->name ? plan->name : "a.test";
    bool is_now = plan->from_s == 0 && plan->until_s == 0;
    uint64_t serial = 0;
    struct paper paper = {.cert = X509_new()};
    paper.key = plan->is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    tri_assert(paper.cert && paper.key);
    X509 *cert = paper.cert, *issuer = plan->issuer ? plan->issuer->cert : cert;
    tri_assert(RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1);
    tri_assert(X509_set_version(cert, X509_VERSION_3) == 1 &&
               ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1) == 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), is_now ? -3600 : plan->from_s);
    X509_gmtime_adj(X509_getm_notAfter(cert), is_now ? 90L * PAPER_DAY_S : plan->until_s);
    name_subject(cert, common, plan->organization);
    tri_assert(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
               X509_set_pubkey(cert, paper.key) == 1);
    say_what_for(cert, issuer, plan, common);
    tri_assert(X509_sign(cert, plan->issuer ? plan->issuer->key : paper.key, EVP_sha256()) > 0);
    snprintf(paper.crt, PAPER_PATH, "%s/%s.crt", papers_folder, name);
    snprintf(paper.pem, PAPER_PATH, "%s/%s.key", papers_folder, name);
    snprintf(paper.both, PAPER_PATH, "%s/%s.all", papers_folder, name);
    write_files(&paper, plan);
    return paper;
}

void paper_free(struct paper *paper)
{
    X509_free(paper->cert);
    EVP_PKEY_free(paper->key);
    *paper = (struct paper){.cert = NULL};
}

const char *paper_encrypt_key(const struct paper *paper, const char *name)
{
    static const unsigned char password[] = "secret";
    char draft[PAPER_PATH + 8];
    const char *path = papers_path(name);
    FILE *file = begin(path, draft);
    tri_assert(PEM_write_PKCS8PrivateKey(file, paper->key, EVP_aes_256_cbc(),
                                         (const char *)password, sizeof(password) - 1, NULL,
                                         NULL) == 1);
    finish(file, draft, path);
    return path;
}

const char *paper_vouch(const struct paper *paper, const struct paper *issuer, const char *name,
                        long from_s, long until_s)
{
    char draft[PAPER_PATH + 8];
    const char *path = papers_path(name);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, paper->cert, issuer->cert);
    ASN1_TIME *from = X509_gmtime_adj(NULL, from_s), *until = X509_gmtime_adj(NULL, until_s);
    tri_assert(basic && id && from && until);
    tri_assert(OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, until) &&
               OCSP_basic_sign(basic, issuer->cert, issuer->key, EVP_sha256(), NULL, 0) == 1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    unsigned char *bytes = NULL;
    int len = i2d_OCSP_RESPONSE(response, &bytes);
    FILE *file = begin(path, draft);
    tri_assert(len > 0 && fwrite(bytes, 1, (size_t)len, file) == (size_t)len);
    finish(file, draft, path);
    OPENSSL_free(bytes);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    OCSP_CERTID_free(id);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    return path;
}
