/*
 * test_tls_pem.c - certificates and keys out of files that hold them, or something else.
 */
#include "server/net/tls_pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <openssl/err.h>

#include "server/base/error.h"
#include "tests/tls/papers.h"

TestSuite(net_tls_pem, .init = papers_make, .fini = papers_remove, .timeout = 30);

/* The chain's length, or -1 with the error. */
static int read_chain(const char *path, struct tri_error *error)
{
    STACK_OF(X509) *chain = NULL;
    X509 *cert = tri_tls_read_certificates(path, &chain, error);
    int count = cert ? sk_X509_num(chain) : -1;
    cr_expect(ERR_peek_error() == 0, "something is left in the queue");
    X509_free(cert);
    if (cert)
        sk_X509_pop_free(chain, X509_free);
    return count;
}

static bool can_read_key(const char *path, struct tri_error *error)
{
    EVP_PKEY *key = tri_tls_read_key(path, error);
    cr_expect(ERR_peek_error() == 0, "something is left in the queue");
    EVP_PKEY_free(key);
    return key != NULL;
}

Test(net_tls_pem, a_certificate_comes_with_its_chain)
{
    struct tri_error error;
    struct paper root =
        paper_make("root", &(struct paper_plan){.name = "root", .is_authority = true});
    struct paper leaf = paper_make("leaf", &(struct paper_plan){.issuer = &root, .between = &root});
    cr_expect(read_chain(root.crt, &error) == 0);
    cr_expect(read_chain(leaf.crt, &error) == 1);
    cr_expect(read_chain(leaf.both, &error) == 1, "the key behind them is none");
    cr_expect(can_read_key(leaf.pem, &error) && can_read_key(leaf.both, &error));
    paper_free(&root), paper_free(&leaf);
}

/* Every cut of a file: it is whole, or an error that names it; never a shorter chain by accident.
 */
Test(net_tls_pem, half_a_file_is_no_file)
{
    char text[8192];
    struct paper root =
        paper_make("root", &(struct paper_plan){.name = "root", .is_authority = true});
    struct paper leaf = paper_make("leaf", &(struct paper_plan){.issuer = &root, .between = &root});
    FILE *file = fopen(leaf.crt, "re");
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    fclose(file);
    size_t second = (size_t)(strstr(text + 1, "-----BEGIN") - text), marker = strlen("-----BEGIN ");
    for (size_t cut = 1; cut < len - 1; cut += 7) {
        struct tri_error error = {.text = ""};
        text[len] = '\0';
        char kept = text[cut];
        text[cut] = '\0';
        int count = read_chain(papers_write("cut", text), &error);
        bool may_be_whole =
            cut + 1 >= second && cut <= second + marker + strlen("CERTIFICATE-----");
        cr_expect(count == -1 || (may_be_whole && count == 0), "cut at %zu: %d", cut, count);
        cr_expect(count >= 0 || strstr(error.text, "/cut\""), "%s", error.text);
        text[cut] = kept;
    }
    paper_free(&root), paper_free(&leaf);
}

Test(net_tls_pem, an_encrypted_key_is_told_from_none)
{
    struct tri_error error = {.text = ""};
    struct paper a = paper_make("a", &(struct paper_plan){0});
    cr_expect(!can_read_key(paper_encrypt_key(&a, "locked"), &error));
    cr_expect(strstr(error.text, "locked\": the private key is encrypted"), "%s", error.text);
    cr_expect(strstr(error.text, "openssl pkey -in "), "%s", error.text);
    cr_expect(!can_read_key(a.crt, &error));
    cr_expect(strstr(error.text, "a.crt\": no private key in PEM"), "%s", error.text);
    paper_free(&a);
}

static void expect_unread(const char *path, const char *why)
{
    struct tri_error error = {.text = ""};
    size_t len;
    unsigned char *bytes = tri_tls_read_file(path, &len, &error);
    cr_expect(!bytes && strstr(error.text, path) && strstr(error.text, why), "%s: %s", path,
              error.text);
    free(bytes);
    cr_expect(!tri_tls_read_file(path, &len, NULL)); /* nobody needs to care */
}

Test(net_tls_pem, only_small_files_are_read_and_nothing_is_waited_for)
{
    size_t len;
    expect_unread("/nowhere/x", "No such file");
    expect_unread(papers_folder, "not a file");
    expect_unread("/dev/zero", "not a file");
    expect_unread(papers_write("empty", ""), "not a file");
    const char *fifo = papers_path("fifo");
    cr_assert(mkfifo(fifo, 0600) == 0);
    expect_unread(fifo, "not a file");
    const char *large = papers_write("large", "x");
    cr_assert(truncate(large, 1024 * 1024 + 1) == 0);
    expect_unread(large, "not a file");
    cr_assert(truncate(large, 1024 * 1024) == 0);
    unsigned char *bytes = tri_tls_read_file(large, &len, NULL);
    cr_expect(bytes && len == 1024 * 1024 && bytes[0] == 'x' && bytes[len - 1] == 0);
    free(bytes);
}
