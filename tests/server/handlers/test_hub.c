/*
 * test_hub.c - what is said reaches all who listen, in order, and each is told what it lost.
 */
#include "server/handlers/hub.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_hub, .timeout = 10);

static struct tri_hub hub = TRI_HUB(hub);
static int wakes;

static void count_wake(struct tri_waker *waker)
{
    (void)waker;
    wakes++;
}

static struct tri_waker waker = {count_wake};

static unsigned say(const char *words)
{
    unsigned reached;
    cr_assert(tri_hub_say(&hub, tri_slice_of(words), &reached));
    return reached;
}

static void expect(struct tri_subscriber *subscriber, const char *text)
{
    struct tri_slice heard = tri_hub_hear(subscriber, &waker);
    cr_assert(tri_slice_is(heard, tri_slice_of(text)), "%.*s", (int)heard.len, heard.at);
}

Test(handlers_hub, nobody_may_listen)
{
    cr_assert(eq(uint, say("hello"), 0));
}

Test(handlers_hub, all_hear_it_in_order_until_they_leave)
{
    struct tri_subscriber two[2];
    for (int i = 0; i < 2; i++)
        cr_assert(tri_hub_join(&hub, &two[i]));
    expect(&two[0], "");
    cr_assert(eq(uint, say("one"), 2));
    cr_assert(eq(int, wakes, 1));
    cr_assert(eq(uint, say("two"), 2));
    for (int i = 0; i < 2; i++) {
        expect(&two[i], "data: one\n\n");
        expect(&two[i], "data: two\n\n");
        expect(&two[i], "");
    }
    tri_hub_leave(&two[0]);
    tri_hub_leave(&two[0]);
    cr_assert(eq(uint, say("three"), 1));
    tri_hub_leave(&two[1]); /* with a text that it has not heard */
    cr_assert(eq(uint, say("four"), 0));
}

Test(handlers_hub, lines_cannot_break_out_of_their_event)
{
    static const char *const said[][2] = {
        {"", "data: \n\n"},
        {"a\nb", "data: a\ndata: b\n\n"},
        {"a\r\nb\rc\n", "data: a\ndata: b\ndata: c\n\n"},
        {"a\n\nid: 7\n\r\n", "data: a\ndata: \ndata: id: 7\ndata: \n\n"},
        {"\r", "data: \n\n"},
        {"\n\n", "data: \ndata: \n\n"},
    };
    struct tri_subscriber subscriber;
    cr_assert(tri_hub_join(&hub, &subscriber));
    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
        say(said[i][0]);
        expect(&subscriber, said[i][1]);
    }
    tri_hub_leave(&subscriber);
}

Test(handlers_hub, the_longest_of_nothing_but_line_ends_fits)
{
    static char words[TRI_HUB_SAY_BYTES + 1];
    struct tri_subscriber subscriber;
    cr_assert(tri_hub_join(&hub, &subscriber));
    memset(words, '\n', TRI_HUB_SAY_BYTES);
    say(words);
    cr_assert(eq(sz, tri_hub_hear(&subscriber, &waker).len, TRI_HUB_SAY_BYTES * 7 + 1));
    tri_hub_leave(&subscriber);
}

Test(handlers_hub, a_slow_one_is_told_how_many_it_lost_where_they_are_missing)
{
    struct tri_subscriber slow, quick;
    cr_assert(tri_hub_join(&hub, &slow));
    cr_assert(tri_hub_join(&hub, &quick));
    for (int i = 0; i < TRI_HUB_BACKLOG; i++) {
        cr_assert(eq(uint, say("kept"), 2));
        expect(&quick, "data: kept\n\n");
    }
    for (int i = 0; i < 3; i++) {
        cr_assert(eq(uint, say("lost"), 1));
        expect(&quick, "data: lost\n\n");
    }
    expect(&slow, "data: kept\n\n");
    cr_assert(eq(uint, say("late"), 2));
    for (int i = 1; i < TRI_HUB_BACKLOG; i++)
        expect(&slow, "data: kept\n\n");
    expect(&slow, "event: lost\ndata: 3\n\n");
    expect(&slow, "data: late\n\n");
    expect(&slow, "");

    for (int i = 0; i < TRI_HUB_BACKLOG + 2; i++)
        say("more");
    for (int i = 0; i < TRI_HUB_BACKLOG; i++)
        expect(&slow, "data: more\n\n");
    expect(&slow, "event: lost\ndata: 2\n\n"); /* though nothing came behind them */
    expect(&slow, "");
    tri_hub_leave(&slow);
    tri_hub_leave(&quick);
}

/* --- by /events --- */

Test(handlers_hub, what_is_posted_comes_between_the_ticks)
{
    struct drive listener, speaker;
    drive_open(&listener, TRI_METHOD_GET, "/events", "n=2&ms=1000");
    listener.x.waker = waker;
    cr_assert(eq(int, drive_call(&listener, &tri_handler_events).kind, TRI_NEXT_AT));

    drive_open(&speaker, TRI_METHOD_POST, "/events", "");
    speaker.request.content_length = 5;
    speaker.body = TRI_SLICE("hello");
    speaker.piece_bytes = 2;
    drive_finish(&speaker, &tri_handler_events);
    cr_assert(drive_body_is(&speaker, "1\n"), "%s", speaker.sent);
    drive_close(&speaker);

    cr_assert(eq(int, wakes, 1));
    drive_finish(&listener, &tri_handler_events);
    cr_assert(drive_has(listener.sent, "data: {\"n\":1,\"elapsed_ms\":0}\n\n\r\n"));
    cr_assert(drive_has(listener.sent, "data: hello\n\n"));
    cr_assert(drive_has(listener.sent, "data: {\"n\":2,\"elapsed_ms\":1000}\n\n"));
    drive_close(&listener);
}

Test(handlers_hub, a_speech_has_a_limit)
{
    static char words[TRI_HUB_SAY_BYTES + 1];
    for (int chunked = 0; chunked < 2; chunked++)
        for (size_t more = 0; more < 2; more++) {
            struct drive d;
            drive_open(&d, TRI_METHOD_POST, "/events", "");
            d.request.content_length = chunked ? -1 : (int64_t)(TRI_HUB_SAY_BYTES + more);
            d.body = (struct tri_slice){words, TRI_HUB_SAY_BYTES + more};
            d.piece_bytes = 100;
            drive_finish(&d, &tri_handler_events);
            cr_assert(eq(int, drive_status(&d), more ? 413 : 200));
            drive_close(&d);
        }
}
