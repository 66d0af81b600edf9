/*
 * ban.h - calls that invite overruns, hidden state or silent nonsense fail to compile.
 *
 * Included in every unit by the build (-include), after which the names below are poison.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof
#pragma GCC poison gmtime localtime ctime asctime
