/*
 * tls_pem.c - see tls_pem.h.
 */
#include "server/net/tls_pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "server/base/error.h"
#include "server/base/fd.h"

#define FILE_BYTES_MAX (1024 * 1024)

const char *tri_tls_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason ? reason : "no reason given";
}

static bool read_all(int fd, unsigned char *at, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = read(fd, at, bytes);
        if (n <= 0)
            return false;
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

unsigned char *tri_tls_read_file(const char *path, size_t *ret_len, struct tri_error *error)
{
    struct stat about;
    unsigned char *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not even a pipe may hold us up */
    if (fd < 0 || fstat(fd, &about) != 0) {
        tri_error_os(error, "\"%s\": cannot be opened", path);
        goto done;
    }
    if (!S_ISREG(about.st_mode) || about.st_size == 0 || about.st_size > FILE_BYTES_MAX) {
        tri_error_set(error, "\"%s\": not a file of 1 byte to %d KiB", path, FILE_BYTES_MAX / 1024);
        goto done;
    }
    *ret_len = (size_t)about.st_size;
    bytes = malloc(*ret_len);
    errno = EIO; /* or what read says */
    if (!bytes || !read_all(fd, bytes, *ret_len)) {
        tri_error_os(error, "\"%s\": cannot be read", path);
        free(bytes);
        bytes = NULL;
    }
done:
    tri_fd_close(&fd);
    return bytes;
}

/* A file as OpenSSL reads it; `bytes` is to be freed after the BIO. */
static BIO *open_file(const char *path, unsigned char **ret_bytes, size_t *ret_len,
                      struct tri_error *error)
{
    *ret_bytes = tri_tls_read_file(path, ret_len, error);
    if (!*ret_bytes)
        return NULL;
    BIO *bio = BIO_new_mem_buf(*ret_bytes, (int)*ret_len);
    if (!bio)
        tri_error_set(error, "\"%s\": out of memory", path);
    return bio;
}

X509 *tri_tls_read_certificates(const char *path, STACK_OF(X509) * *ret_chain,
                                struct tri_error *error)
{
    unsigned char *bytes;
    size_t len;
    X509 *first = NULL, *next;
    STACK_OF(X509) *chain = sk_X509_new_null();
    BIO *bio = open_file(path, &bytes, &len, error);
    if (!bio || !chain)
        goto done;
    first = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (!first) {
        tri_error_set(error, "\"%s\": no certificate in PEM (%s)", path, tri_tls_reason());
        goto done;
    }
    while ((next = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
        if (sk_X509_push(chain, next) == 0)
            X509_free(next);
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) { /* else it is the end */
        tri_error_set(error, "\"%s\": certificate %d is malformed (%s)", path,
                      sk_X509_num(chain) + 2, tri_tls_reason());
        X509_free(first);
        first = NULL;
    }
done:
    ERR_clear_error();
    BIO_free(bio);
    free(bytes);
    if (first) {
        *ret_chain = chain;
        return first;
    }
    sk_X509_pop_free(chain, X509_free);
    return NULL;
}

/* A server that starts by itself has nobody to ask. */
static int on_password(char *text, int room, int writes, void *was_asked)
{
    (void)text, (void)room, (void)writes;
    *(bool *)was_asked = true;
    return -1;
}

EVP_PKEY *tri_tls_read_key(const char *path, struct tri_error *error)
{
    unsigned char *bytes;
    size_t len;
    EVP_PKEY *key = NULL;
    bool was_asked = false;
    BIO *bio = open_file(path, &bytes, &len, error);
    if (bio)
        key = PEM_read_bio_PrivateKey(bio, NULL, on_password, &was_asked);
    if (bio && !key && was_asked)
        tri_error_set(error,
                      "\"%s\": the private key is encrypted (write a plain one: openssl pkey -in "
                      "%s -out plain.pem)",
                      path, path);
    else if (bio && !key)
        tri_error_set(error, "\"%s\": no private key in PEM (%s)", path, tri_tls_reason());
    ERR_clear_error();
    BIO_free(bio);
    if (bytes)
        OPENSSL_cleanse(bytes, len);
    free(bytes);
    return key;
}
