/*
 * allocs.c - every allocation of the code under test is counted here, and may be made to fail.
 *
 * The linker leads malloc and its kin to these (--wrap, see CMakeLists.txt); shared libraries,
 * Criterion among them, are not concerned.
 */
#include "wire.h"

#include <stdlib.h>

unsigned long allocs;
long allocs_live;
unsigned long alloc_fails_at;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void __wrap_free(void *memory);

static bool refused(void)
{
    return ++allocs == alloc_fails_at;
}

static void *counted(void *memory)
{
    allocs_live += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t bytes)
{
    return refused() ? NULL : counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return refused() ? NULL : counted(__real_calloc(count, bytes));
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    if (refused())
        return NULL;
    void *moved = __real_realloc(memory, bytes);
    return memory ? moved : counted(moved);
}

void __wrap_free(void *memory)
{
    allocs_live -= memory != NULL;
    __real_free(memory);
}
