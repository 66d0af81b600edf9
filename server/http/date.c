/*
 * date.c - seconds since 1970 as IMF-fixdate.
 *
 * Why by hand: strftime depends on the locale and gmtime on hidden state; this is pure.
 */
#include "server/http/date.h"

#include "server/base/assert.h"

#define DAY 86400
#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31 23:59:59 */

static void put_digits(char *at, int digits, int64_t value)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
}

void tri_date_print(int64_t seconds, char text[static TRI_DATE_BYTES + 1])
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";

    tri_assert(seconds >= 0 && seconds <= LAST_SECOND);
    int64_t days = seconds / DAY;
    int64_t of_day = seconds % DAY;

    /* Years are counted from 1 March of year 0, so that a leap day is the last of its year. */
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097; /* 400 years */
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    int64_t year = era * 400 + year_of_era + (month >= 10);

    memcpy(text, "Thu, 00 Mar 0000 00:00:00 GMT", TRI_DATE_BYTES + 1);
    memcpy(text, weekdays + 3 * (days % 7), 3);
    put_digits(text + 5, 2, day_of_year - (153 * month + 2) / 5 + 1);
    memcpy(text + 8, months + 3 * month, 3);
    put_digits(text + 12, 4, year);
    put_digits(text + 17, 2, of_day / 3600);
    put_digits(text + 20, 2, of_day / 60 % 60);
    put_digits(text + 23, 2, of_day % 60);
}
