/* Preloaded into a node's process: its wall clock is ahead by so many seconds, every other clock is the machine's. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    long result = syscall(SYS_clock_gettime, clock, time);
    const char *ahead = getenv("SCENARIO_CLOCK_AHEAD_S");
    if (result == 0 && clock == CLOCK_REALTIME && ahead)
        time->tv_sec += atol(ahead);
    return (int)result;
}
