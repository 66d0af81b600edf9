/*
 * scan.c - see scan.h.
 */
#include "server/http/scan.h"

#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* tchar of RFC 9110 5.6.2 */
static const bool token_bytes[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,  ['#'] = true,
    ['$'] = true,         ['%'] = true,         ['&'] = true,         ['\''] = true, ['*'] = true,
    ['+'] = true,         ['-'] = true,         ['.'] = true,         ['^'] = true,  ['_'] = true,
    ['`'] = true,         ['|'] = true,         ['~'] = true,
};

static bool is_control(char byte)
{
    unsigned char c = (unsigned char)byte;
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/*
 * The first control byte other than HTAB, or `end`. Looks at eight bytes at a time: a high bit of
 * `hits` is set where a byte is below 0x20 or is 0x7f, which both have none themselves. Bytes above
 * a hit may give a false alarm, the lowest hit is one; it is HTAB, and the next are looked at byte
 * by byte, or what is sought.
 */
static const char *find_control(const char *at, const char *end)
{
    static const uint64_t ones = UINT64_C(0x0101010101010101);

#if defined(__SSE2__) /* every x86-64 looks at sixteen, and tells HTAB apart */
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
        __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
        __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
        int hits = _mm_movemask_epi8(_mm_andnot_si128(tab, _mm_or_si128(low, del)));
        if (hits != 0)
            return at + __builtin_ctz((unsigned)hits);
    }
#endif
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t del = word ^ (ones * 0x7f);
        uint64_t hits = ((word - ones * 0x20) | (del - ones)) & ~word & (ones * 0x80);
        if (hits == 0)
            continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        int i = __builtin_ctzll(hits) / 8;
#else
        int i = 0; /* the lowest bits are not the first byte */
#endif
        for (; i < 8; i++)
            if (is_control(at[i]))
                return at + i;
    }
    while (at < end && !is_control(*at))
        at++;
    return at;
}

enum tri_scan_found tri_scan_line(struct tri_scan *scan, struct tri_slice bytes,
                                  struct tri_slice *line, struct tri_refusal *refusal)
{
    if (bytes.len <= scan->at)
        return TRI_SCAN_MORE;

    const char *end = bytes.at + bytes.len;
    const char *stop = find_control(bytes.at + scan->at, end);
    scan->at = (size_t)(stop - bytes.at);
    if (stop == end || (*stop == '\r' && stop + 1 == end))
        return TRI_SCAN_MORE;
    if (*stop == '\r' && stop[1] == '\n') {
        *line = (struct tri_slice){bytes.at + scan->line, scan->at - scan->line};
        scan->at += 2;
        scan->line = scan->at;
        return TRI_SCAN_LINE;
    }
    if (*stop == '\r')
        tri_refuse(refusal, 400, "A CR without its LF", "RFC 9112 2.2");
    else if (*stop == '\n')
        tri_refuse(refusal, 400, "A line does not end in CRLF", "RFC 9112 2.2");
    else
        tri_refuse(refusal, 400, "A control byte where text should be", "RFC 9110 5.5");
    return TRI_SCAN_REFUSED;
}

size_t tri_scan_token(struct tri_slice bytes)
{
    size_t len = 0;
    while (len < bytes.len && token_bytes[(unsigned char)bytes.at[len]])
        len++;
    return len;
}

bool tri_scan_is_token(struct tri_slice text)
{
    return text.len > 0 && tri_scan_token(text) == text.len;
}

bool tri_scan_is_text(struct tri_slice text)
{
    return text.len == 0 || find_control(text.at, text.at + text.len) == text.at + text.len;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

struct tri_slice tri_scan_trim(struct tri_slice text)
{
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_blank(text.at[0]))
        text = tri_slice_from(text, 1);
    return text;
}

bool tri_scan_member(struct tri_slice *list, struct tri_slice *member)
{
    if (list->len == 0)
        return false;
    const char *comma = memchr(list->at, ',', list->len);
    size_t len = comma ? (size_t)(comma - list->at) : list->len;
    *member = tri_scan_trim((struct tri_slice){list->at, len});
    *list = tri_slice_from(*list, comma ? len + 1 : len);
    return true;
}

int tri_scan_hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

int tri_scan_escape(struct tri_slice text, size_t i)
{
    if (text.len - i < 3)
        return -1;
    int high = tri_scan_hex(text.at[i + 1]), low = tri_scan_hex(text.at[i + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}
