/*
 * files_ranges.c - parts of a file. What a multipart holds, byte by byte, is in test_multipart.c.
 */
#include "tests/conformance/root.h"
#include "tests/conformance/table.h"

#define ASK_OF(file, fields) BYTES("GET /" file " HTTP/1.1\r\n" HOST fields END)
#define ASK(range) ASK_OF("ten.txt", "Range: " range "\r\n")
#define ASK_IF(validator) ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Range: " validator "\r\n")
#define SEVERAL(range) ASK_OF("16384.bin", "Range: " range "\r\n")

#define OWN ROOT_ETAG("a")
#define PART(place, text) "206", STAYS, .body = text, .fields = "Content-Range: bytes " place "/10"
#define WHOLE "200", STAYS, .body = "0123456789", .fields = "!Content-Range\nContent-Length: 10"
#define NOTHING                                                                                    \
    "416", STAYS, .fields = "Content-Range: bytes */10\n!ETag\n!Last-Modified\n!Cache-Control"
#define WHOLE_OF_SEVERAL "200", STAYS, .fields = "!Content-Range\nContent-Length: 16384"
#define ONE_OF_SEVERAL(place, len)                                                                 \
    "206", STAYS,                                                                                  \
        .fields = "Content-Range: bytes " place "/16384\nContent-Length: " len                     \
                  "\nContent-Type: application/octet-stream"
#define MANY_OF_SEVERAL "206", STAYS, VARIES, .fields = "!Content-Range\nContent-Length"
#define TEN_SINGLES "0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18"

static const struct row rows[] = {
    {"a range in the middle", "RFC 9110 14.1.2", ASK("bytes=2-4"), PART("2-4", "234")},
    {"the first byte", "RFC 9110 14.1.2", ASK("bytes=0-0"), PART("0-0", "0")},
    {"the last byte", "RFC 9110 14.1.2", ASK("bytes=9-9"), PART("9-9", "9")},
    {"an open range", "RFC 9110 14.1.2", ASK("bytes=7-"), PART("7-9", "789")},
    {"an open range from the start", "RFC 9110 14.1.2", ASK("bytes=0-"), PART("0-9", "0123456789")},
    {"a suffix", "RFC 9110 14.1.2", ASK("bytes=-3"), PART("7-9", "789")},
    {"a suffix of all", "RFC 9110 14.1.2", ASK("bytes=-10"), PART("0-9", "0123456789")},
    {"a suffix longer than the file", "RFC 9110 14.1.2", ASK("bytes=-11"),
     PART("0-9", "0123456789")},
    {"a range that ends behind the end", "RFC 9110 14.1.2", ASK("bytes=8-1000"), PART("8-9", "89")},
    {"an end that no integer holds", "RFC 9110 14.1.2",
     ASK("bytes=8-99999999999999999999999999999999"), PART("8-9", "89")},
    {"a suffix that no integer holds", "RFC 9110 14.1.2", ASK("bytes=-18446744073709551617"),
     PART("0-9", "0123456789")},
    {"leading zeros", "RFC 9110 14.1.2", ASK("bytes=0002-00000000000000000000004"),
     PART("2-4", "234")},
    {"the unit in capitals", "RFC 9110 14.1", ASK("BYTES=2-4"), PART("2-4", "234")},
    {"the name in capitals", "RFC 9110 5.1", ASK_OF("ten.txt", "RANGE: bytes=2-4\r\n"),
     PART("2-4", "234")},
    {"a part has the fields of the whole", "RFC 9110 15.3.7.1", ASK("bytes=2-4"), "206", STAYS,
     .fields = "Content-Length: 3\nContent-Type: text/plain; charset=utf-8\nETag: " OWN
               "\nLast-Modified: " ROOT_DATE
               "\nVary: Accept-Encoding\nCache-Control: max-age=60\nAccept-Ranges: bytes"},
    {"a part of an index", "RFC 9110 14.2", ASK_OF("", "Range: bytes=4-8\r\n"), "206", STAYS,
     .body = "index", .fields = "Content-Range: bytes 4-8/10"},
    {"a part of a large file", "RFC 9110 14.2",
     ASK_OF("300000.bin", "Range: bytes=100000-199999\r\n"), "206", STAYS,
     .fields = "Content-Range: bytes 100000-199999/300000\nContent-Length: 100000"},
    {"the end of a large file", "RFC 9110 14.2", ASK_OF("300000.bin", "Range: bytes=-1\r\n"), "206",
     STAYS, .fields = "Content-Range: bytes 299999-299999/300000\nContent-Length: 1"},
    {"a part for HTTP/1.0", "RFC 9110 14.2",
     BYTES("GET /ten.txt HTTP/1.0\r\nRange: bytes=2-4\r\n\r\n"), "206", CLOSES, .body = "234"},
    {"parts take turns with the whole", "RFC 9110 14.2",
     BYTES("GET /ten.txt HTTP/1.1\r\n" HOST "Range: bytes=1-1\r\n" END
           "GET /300000.bin HTTP/1.1\r\n" HOST "Range: bytes=5-\r\n" END
           "GET /ten.txt HTTP/1.1\r\n" HOST "Range: bytes=10-\r\n" END
           "GET /ten.txt HTTP/1.1\r\n" HOST END "GET /ten.txt HTTP/1.1\r\n" HOST
           "Range: bytes=-1\r\n" END),
     "206 206 416 200 206", STAYS, .body = "9"},

    {"a range behind the end", "RFC 9110 15.5.17", ASK("bytes=10-"), NOTHING},
    {"a range far behind the end", "RFC 9110 15.5.17", ASK("bytes=1000-2000"), NOTHING},
    {"a start that no integer holds", "RFC 9110 15.5.17",
     ASK("bytes=9223372036854775808-9223372036854775809"), NOTHING},
    {"a suffix of nothing", "RFC 9110 14.1.2", ASK("bytes=-0"), NOTHING},
    {"several that are all behind the end", "RFC 9110 15.5.17", ASK("bytes=10-11,20-30,-0"),
     NOTHING},
    {"of several only one is within", "RFC 9110 15.3.7", ASK("bytes=20-30,2-4,-0"),
     PART("2-4", "234")},
    {"an empty file has no bytes", "RFC 9110 15.5.17", ASK_OF("empty.txt", "Range: bytes=0-\r\n"),
     "416", STAYS, .fields = "Content-Range: bytes */0"},
    {"an empty file has no last byte", "RFC 9110 15.5.17",
     ASK_OF("empty.txt", "Range: bytes=-1\r\n"), "416", STAYS,
     .fields = "Content-Range: bytes */0"},

    {"HEAD has no parts", "RFC 9110 14.2",
     BYTES("HEAD /ten.txt HTTP/1.1\r\n" HOST "Range: bytes=2-4\r\n" END), "200-", STAYS,
     .fields = "Content-Length: 10\n!Content-Range"},
    {"HEAD of a part that is not there", "RFC 9110 14.2",
     BYTES("HEAD /ten.txt HTTP/1.1\r\n" HOST "Range: bytes=10-\r\n" END), "200-", STAYS,
     .fields = "Content-Length: 10\n!Content-Range"},
    {"HEAD of several parts", "RFC 9110 14.2",
     BYTES("HEAD /16384.bin HTTP/1.1\r\n" HOST "Range: bytes=0-0,9-9\r\n" END), "200-", STAYS,
     .fields = "Content-Length: 16384\n!Content-Range"},
    {"an error has no parts", "RFC 9110 14.2", ASK_OF("none.txt", "Range: bytes=0-1\r\n"), "404",
     STAYS, .fields = "!Content-Range", .body = "no such file\n"},
    {"a redirect has no parts", "RFC 9110 14.2", ASK_OF("below", "Range: bytes=0-1\r\n"), "301",
     STAYS, .fields = "!Content-Range"},
    {"what is made on the fly has no parts", "RFC 9110 14.2",
     ASK_OF("hello", "Range: bytes=0-1\r\n"), "200", STAYS, .body = HELLO,
     .fields = "!Content-Range"},

    {"another unit", "RFC 9110 14.2", ASK("lines=2-4"), WHOLE},
    {"no unit", "RFC 9110 14.2", ASK("2-4"), WHOLE},
    {"no range", "RFC 9110 14.2", ASK("bytes="), WHOLE},
    {"commas alone", "RFC 9110 14.2", ASK("bytes=,,"), WHOLE},
    {"no numbers", "RFC 9110 14.2", ASK("bytes=-"), WHOLE},
    {"a number alone", "RFC 9110 14.2", ASK("bytes=5"), WHOLE},
    {"letters", "RFC 9110 14.2", ASK("bytes=a-b"), WHOLE},
    {"hexadecimal", "RFC 9110 14.2", ASK("bytes=0x2-0x4"), WHOLE},
    {"a sign", "RFC 9110 14.2", ASK("bytes=+2-4"), WHOLE},
    {"two signs", "RFC 9110 14.2", ASK("bytes=--4"), WHOLE},
    {"three numbers", "RFC 9110 14.2", ASK("bytes=2-4-6"), WHOLE},
    {"backwards", "RFC 9110 14.1.1", ASK("bytes=4-2"), WHOLE},
    {"backwards behind the end", "RFC 9110 14.1.1", ASK("bytes=20-12"), WHOLE},
    {"blanks within", "RFC 9110 14.1.1", ASK("bytes=2 - 4"), WHOLE},
    {"a blank before the equals sign", "RFC 9110 14.1.1", ASK("bytes =2-4"), WHOLE},
    {"a colon for the equals sign", "RFC 9110 14.1.1", ASK("bytes:2-4"), WHOLE},
    {"a good one and a malformed one", "RFC 9110 14.2", ASK("bytes=2-4,x"), WHOLE},
    {"a good one and one that is backwards", "RFC 9110 14.1.1", ASK("bytes=2-4,9-8"), WHOLE},
    {"Range twice", "RFC 9110 5.3", ASK_OF("ten.txt", "Range: bytes=2-4\r\nRange: bytes=6-7\r\n"),
     WHOLE},

    {"empty members are no ranges", "RFC 9110 5.6.1.2", ASK("bytes=,2-4, ,"), PART("2-4", "234")},
    {"touching ranges are one", "RFC 9110 15.3.7.2", ASK("bytes=2-3,4-4"), PART("2-4", "234")},
    {"overlapping ranges are one", "RFC 9110 15.3.7.2", ASK("bytes=2-6,4-8"),
     PART("2-8", "2345678")},
    {"a range within another", "RFC 9110 15.3.7.2", ASK("bytes=2-8,4-5"), PART("2-8", "2345678")},
    {"a third one joins two", "RFC 9110 15.3.7.2", ASK("bytes=1-2,6-7,3-5"),
     PART("1-7", "1234567")},
    {"the same one twice", "RFC 9110 15.3.7.2", ASK("bytes=2-4,2-4"), PART("2-4", "234")},
    {"several are not worth more than the whole", "RFC 9110 15.3.7", ASK("bytes=0-0,9-9"), WHOLE},
    {"two parts", "RFC 9110 15.3.7.2", SEVERAL("bytes=0-0,100-101"), MANY_OF_SEVERAL,
     .holds = "Content-Range: bytes 0-0/16384\nContent-Range: bytes 100-101/16384\n"
              "Content-Type: application/octet-stream\n!ETag\n!16384-"},
    {"two parts with blanks", "RFC 9110 5.6.1", SEVERAL("bytes=0-0 ,\t100-101"), MANY_OF_SEVERAL},
    {"the first and the last byte", "RFC 9110 15.3.7.2", SEVERAL("bytes=0-0,-1"), MANY_OF_SEVERAL,
     .holds = "Content-Range: bytes 0-0/16384\nContent-Range: bytes 16383-16383/16384"},
    {"two parts and one that is not there", "RFC 9110 15.3.7.2", SEVERAL("bytes=5-6,8-9,16384-"),
     MANY_OF_SEVERAL, .holds = "bytes 5-6/16384\nbytes 8-9/16384\n!bytes 16384"},
    {"sixteen parts", "RFC 9110 17.15",
     SEVERAL("bytes=" TEN_SINGLES ",20-20,22-22,24-24,26-26,28-28,30-30"), MANY_OF_SEVERAL,
     .holds = "bytes 0-0/16384\nbytes 30-30/16384"},
    {"seventeen parts are an abuse", "RFC 9110 17.15",
     SEVERAL("bytes=" TEN_SINGLES ",20-20,22-22,24-24,26-26,28-28,30-30,32-32"), WHOLE_OF_SEVERAL},
    {"a hundred ranges are an abuse", "RFC 9110 17.15",
     SEVERAL("bytes=" TEN_SINGLES "," TEN_SINGLES "," TEN_SINGLES "," TEN_SINGLES "," TEN_SINGLES
             "," TEN_SINGLES "," TEN_SINGLES "," TEN_SINGLES "," TEN_SINGLES "," TEN_SINGLES),
     WHOLE_OF_SEVERAL},
    {"several that are one", "RFC 9110 15.3.7.2", SEVERAL("bytes=0-99,50-199,200-299"),
     ONE_OF_SEVERAL("0-299", "300")},
    {"several that are all", "RFC 9110 15.3.7.2", SEVERAL("bytes=0-,0-,0-,0-,-16384"),
     ONE_OF_SEVERAL("0-16383", "16384")},

    {"If-Range: the tag", "RFC 9110 13.1.5", ASK_IF(OWN), PART("2-4", "234")},
    {"If-Range: another tag", "RFC 9110 13.1.5", ASK_IF("\"other\""), WHOLE},
    {"If-Range: the tag, weak", "RFC 9110 13.1.5", ASK_IF("W/" OWN), WHOLE},
    {"If-Range: the tag of another coding", "RFC 9110 13.1.5", ASK_IF(ROOT_ETAG_CODED("a", "gzip")),
     WHOLE},
    {"If-Range takes no list", "RFC 9110 13.1.5", ASK_IF(OWN ", \"other\""), WHOLE},
    {"If-Range takes no asterisk", "RFC 9110 13.1.5", ASK_IF("*"), WHOLE},
    {"If-Range: the date", "RFC 9110 13.1.5", ASK_IF(ROOT_DATE), PART("2-4", "234")},
    {"If-Range: the date in the way of RFC 850", "RFC 9110 5.6.7",
     ASK_IF("Sunday, 06-Nov-94 08:49:37 GMT"), PART("2-4", "234")},
    {"If-Range: the date in the way of asctime", "RFC 9110 5.6.7",
     ASK_IF("Sun Nov  6 08:49:37 1994"), PART("2-4", "234")},
    {"If-Range: a later date is another one", "RFC 9110 13.1.5",
     ASK_IF("Sun, 06 Nov 1994 08:49:38 GMT"), WHOLE},
    {"If-Range: an earlier date", "RFC 9110 13.1.5", ASK_IF("Sun, 06 Nov 1994 08:49:36 GMT"),
     WHOLE},
    {"If-Range: nonsense", "RFC 9110 13.1.5", ASK_IF("yesterday"), WHOLE},
    {"If-Range: nothing", "RFC 9110 13.1.5", ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Range:\r\n"),
     WHOLE},
    {"If-Range twice", "RFC 9110 5.3",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Range: " OWN "\r\nIf-Range: " OWN "\r\n"), WHOLE},
    {"If-Range fails, so there is nothing that could be out of range", "RFC 9110 14.2",
     ASK_OF("ten.txt", "Range: bytes=10-\r\nIf-Range: \"other\"\r\n"), WHOLE},
    {"If-Range holds, so there is", "RFC 9110 15.5.17",
     ASK_OF("ten.txt", "Range: bytes=10-\r\nIf-Range: " OWN "\r\n"), NOTHING},
    {"If-Range with HEAD", "RFC 9110 14.2",
     BYTES("HEAD /ten.txt HTTP/1.1\r\n" HOST "Range: bytes=2-4\r\nIf-Range: " OWN "\r\n" END),
     "200-", STAYS, .fields = "Content-Length: 10"},
    {"If-Range with several parts", "RFC 9110 13.1.5",
     ASK_OF("16384.bin", "Range: bytes=0-0,9-9\r\nIf-Range: " ROOT_ETAG("4000") "\r\n"),
     MANY_OF_SEVERAL},

    {"If-None-Match goes before Range", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-None-Match: " OWN "\r\n"), "304", STAYS,
     .fields = "!Content-Range\n!Content-Length"},
    {"and before a range that is not there", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=10-\r\nIf-None-Match: " OWN "\r\n"), "304", STAYS,
     .fields = "!Content-Range"},
    {"If-None-Match holds, and Range counts", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-None-Match: \"other\"\r\n"), PART("2-4", "234")},
    {"If-Match fails before Range", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Match: \"other\"\r\n"), "412", STAYS,
     .fields = "!Content-Range"},
    {"If-Match holds, and Range counts", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Match: " OWN "\r\n"), PART("2-4", "234")},
    {"If-Unmodified-Since holds, and Range counts", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Unmodified-Since: " ROOT_DATE "\r\n"),
     PART("2-4", "234")},
    {"If-Unmodified-Since fails before Range", "RFC 9110 13.2.2",
     ASK_OF("ten.txt",
            "Range: bytes=2-4\r\nIf-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"),
     "412", STAYS, .fields = "!Content-Range"},
    {"If-Modified-Since goes before Range", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Modified-Since: " ROOT_DATE "\r\n"), "304", STAYS},
    {"If-None-Match goes before If-Range", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Range: \"other\"\r\nIf-None-Match: " OWN "\r\n"),
     "304", STAYS},
    {"If-Match holds and If-Range fails", "RFC 9110 13.2.2",
     ASK_OF("ten.txt", "Range: bytes=2-4\r\nIf-Range: \"other\"\r\nIf-Match: " OWN "\r\n"), WHOLE},
};

TOPIC(files_ranges, {"--cache-control=max-age=60", NULL}, true);
