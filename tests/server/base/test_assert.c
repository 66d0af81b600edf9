/*
 * test_assert.c - assertions are silent when right and fatal when wrong, in every build type.
 */
#include "server/base/assert.h"

#include <signal.h>

#include <criterion/criterion.h>

TestSuite(base_assert, .timeout = 5);

Test(base_assert, true_condition_goes_on)
{
    int evaluated = 0;
    tri_assert(++evaluated == 1);
    cr_assert(evaluated == 1);
}

Test(base_assert, false_condition_aborts, .signal = SIGABRT)
{
    tri_assert(1 + 1 == 3);
}
