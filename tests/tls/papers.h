/*
 * papers.h - certificates, keys and what authorities say of them, made while a test runs.
 *
 * Nothing is read from outside and nothing is kept: they lie in a folder of the test's own. Keys
 * are on P-256 unless RSA is asked for, which takes a while to make.
 */
#pragma once

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

enum { PAPER_PATH = 96, PAPER_DAY_S = 24 * 3600 };

struct paper {
    X509 *cert;                            /* owned */
    EVP_PKEY *key;                         /* owned */
    char crt[PAPER_PATH], pem[PAPER_PATH]; /* files: certificate and chain; private key */
    char both[PAPER_PATH];                 /* a file with all of it */
};

struct paper_plan {              /* zero: a sound certificate that signs itself */
    const char *name;            /* common name; "a.test" when NULL, and the DNS name unless... */
    const char *alternatives;    /* ... this says otherwise: "DNS:x.test,IP:127.0.0.1" */
    const char *organization;    /* of the subject, or NULL */
    const char *revocations;     /* where a list of them would be found, or NULL */
    const struct paper *issuer;  /* NULL: itself */
    const struct paper *between; /* it goes into the chain; or NULL */
    bool is_rsa, is_authority, is_client;
    long from_s, until_s; /* from now on; both 0: from an hour ago, for 90 days */
};

/* A folder for papers, removed with all in it by papers_remove(). */
extern char papers_folder[32];
void papers_make(void);
void papers_remove(void);

/* A path in the folder; a few of them are valid at a time. */
const char *papers_path(const char *name);

/* Write `text` into a file of the folder, whole or not at all; its path, valid as above. */
const char *papers_write(const char *name, const char *text);

/* Make one, in files called `name`. Asserts that it works. */
struct paper paper_make(const char *name, const struct paper_plan *plan);
void paper_free(struct paper *paper);

/* The key of `paper` in a file of its own, encrypted by a password; its path. */
const char *paper_encrypt_key(const struct paper *paper, const char *name);

/* What `issuer` says of `paper` now (OCSP), good for so long, in a file; its path. */
const char *paper_vouch(const struct paper *paper, const struct paper *issuer, const char *name,
                        long from_s, long until_s);
