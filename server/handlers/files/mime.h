/*
 * mime.h - media types by the end of a file's name.
 */
#pragma once

#include "server/base/slice.h"

/*
 * The Content-Type of a file called `name`, by what follows its last dot, any case. Texts say
 * charset=utf-8. Unknown: application/octet-stream, which browsers save and never run. Static.
 */
struct tri_slice tri_mime_find(struct tri_slice name);
