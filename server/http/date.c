/*
 * date.c - seconds since 1970 to HTTP dates and back.
 *
 * Why by hand: strftime and strptime depend on the locale and gmtime on hidden state; this is pure.
 * Years are counted from 1 March, so that a leap day is the last of its year.
 */
#include "server/http/date.h"

#include "server/base/assert.h"

#define DAY 86400
#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31 23:59:59 */
#define EPOCH 719468                      /* days from 1 March of year 0 to 1 January 1970 */

static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";

struct day {
    int64_t year;  /* of the calendar, from 1 January */
    int64_t month; /* 0 is March, 11 February         */
    int64_t day;   /* 1-31                            */
};

static struct day day_of(int64_t days)
{
    int64_t shifted = days + EPOCH;
    int64_t era = shifted / 146097; /* 400 years */
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    return (struct day){
        .year = era * 400 + year_of_era + (month >= 10),
        .month = month,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
}

/* Days since 1970. A day that does not exist counts on from the last before it. */
static int64_t days_to(struct day day)
{
    int64_t year = day.year - (day.month >= 10);
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * day.month + 2) / 5 + day.day -
           1 - EPOCH;
}

/* --- out --- */

static void put_digits(char *at, int digits, int64_t value)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
}

void tri_date_print(int64_t seconds, char text[static TRI_DATE_BYTES + 1])
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */

    tri_assert(seconds >= 0 && seconds <= LAST_SECOND);
    struct day day = day_of(seconds / DAY);
    int64_t of_day = seconds % DAY;

    memcpy(text, "Thu, 00 Mar 0000 00:00:00 GMT", TRI_DATE_BYTES + 1);
    memcpy(text, weekdays + 3 * (seconds / DAY % 7), 3);
    put_digits(text + 5, 2, day.day);
    memcpy(text + 8, months + 3 * day.month, 3);
    put_digits(text + 12, 4, day.year);
    put_digits(text + 17, 2, of_day / 3600);
    put_digits(text + 20, 2, of_day / 60 % 60);
    put_digits(text + 23, 2, of_day % 60);
}

/* --- in --- */

/* What follows the name of the weekday: 0 a digit, _ a digit or a blank, . anything. */
static const struct form {
    const char *layout;
    bool has_long_weekday;
    uint8_t day, month, year, year_digits, time; /* offsets in the layout */
} forms[] = {
    {", 00 ... 0000 00:00:00 GMT", false, 2, 5, 9, 4, 14}, /* IMF-fixdate */
    {", 00-...-00 00:00:00 GMT", true, 2, 5, 9, 2, 12},    /* RFC 850     */
    {" ... _0 00:00:00 0000", false, 5, 1, 17, 4, 8},      /* asctime     */
};

static bool is_laid_out(struct tri_slice text, const char *layout)
{
    if (text.len != strlen(layout))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.at[i];
        bool is_digit = byte >= '0' && byte <= '9';
        bool fits = layout[i] == '0'   ? is_digit
                    : layout[i] == '_' ? is_digit || byte == ' '
                                       : layout[i] == '.' || layout[i] == byte;
        if (!fits)
            return false;
    }
    return true;
}

static bool begins_with(struct tri_slice text, const char *start, size_t len)
{
    return text.len >= len && memcmp(text.at, start, len) == 0;
}

/*
 * Bytes of the weekday at the front, 0: none. Whether it is the right one nobody asks: recipients
 * should be robust here (RFC 9110 5.6.7).
 */
static size_t weekday_bytes(struct tri_slice text, bool *is_long)
{
    static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
    for (size_t i = 0; i < 7; i++) {
        if (!begins_with(text, weekdays[i], 3))
            continue;
        *is_long = begins_with(text, weekdays[i], strlen(weekdays[i]));
        return *is_long ? strlen(weekdays[i]) : 3;
    }
    return 0;
}

static const struct form *find_form(struct tri_slice *text)
{
    bool is_long;
    size_t weekday = weekday_bytes(*text, &is_long);
    if (weekday == 0)
        return NULL;
    *text = tri_slice_from(*text, weekday);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (forms[i].has_long_weekday == is_long && is_laid_out(*text, forms[i].layout))
            return &forms[i];
    return NULL;
}

static int64_t number_at(const char *at, int digits)
{
    int64_t value = 0;
    for (int i = 0; i < digits; i++)
        value = value * 10 + (at[i] == ' ' ? 0 : at[i] - '0');
    return value;
}

static bool find_month(const char *at, int64_t *ret_month)
{
    for (int month = 0; month < 12; month++) {
        if (memcmp(at, months + 3 * month, 3) == 0) {
            *ret_month = month;
            return true;
        }
    }
    return false;
}

/* A leap second is the one before it once more, as it is for the kernel. */
static bool read_time(const char *at, int64_t *ret_s)
{
    int64_t hour = number_at(at, 2), minute = number_at(at + 3, 2), second = number_at(at + 6, 2);
    if (hour == 23 && minute == 59 && second == 60)
        second = 59;
    *ret_s = hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

/* The last year that ends in the two digits and is at most 50 years away (RFC 9110 5.6.7). */
static int64_t year_of_two(struct day day, int64_t of_day, int64_t now_s)
{
    int64_t now_year = day_of(now_s / DAY).year;
    int64_t year = now_year + 50 - (now_year + 50 - day.year) % 100;
    if (year < now_year + 50)
        return year;
    day.year = now_year;
    return days_to(day) * DAY + of_day > now_s ? year - 100 : year;
}

bool tri_date_parse(struct tri_slice text, int64_t now_s, int64_t *ret_s)
{
    struct day day;
    int64_t of_day;

    const struct form *form = find_form(&text);
    if (!form || !find_month(text.at + form->month, &day.month) ||
        !read_time(text.at + form->time, &of_day))
        return false;
    day.day = number_at(text.at + form->day, 2);
    day.year = number_at(text.at + form->year, form->year_digits);
    if (form->year_digits == 2)
        day.year = year_of_two(day, of_day, now_s);

    int64_t days = days_to(day);
    if (days < 0 || day_of(days).month != day.month) /* a day that its month does not have */
        return false;
    *ret_s = days * DAY + of_day;
    return true;
}
