/*
 * hook.h - where tests may force an interleaving: between the load and the swap of a readiness
 * word, between a switch and its park. Nothing at all in a build that is not a test.
 */
#pragma once

#if defined(TRI_MN_HOOK)
void tri_hook(void);
#else
static inline void tri_hook(void)
{
}
#endif
