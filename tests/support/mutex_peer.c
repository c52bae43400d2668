// SPDX-License-Identifier: Apache-2.0
// mutex_peer shm|open NAME ROUNDS: takes, ROUNDS times, a process-shared mutex that lies in a block,
// reached by shm_open(3) or by open(2), and counts in it. Two of these start together; each prints
// how often it took the mutex over from the other. The block comes zeroed; "shm" makes the mutex.
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct shared {
  atomic_int peers;
  pthread_mutex_t mutex;
  long counter;  // guarded, and not atomic
  pid_t last;
};

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void make_mutex(pthread_mutex_t* mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  if (pthread_mutex_init(mutex, &attributes) != 0) {
    fail("pthread_mutex_init");
  }
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fputs("usage: mutex_peer shm|open NAME ROUNDS\n", stderr);
    return 2;
  }
  const int by_shm = strcmp(argv[1], "shm") == 0;
  const int fd = by_shm ? shm_open(argv[2], O_RDWR, 0) : open(argv[2], O_RDWR);
  if (fd < 0) {
    fail(argv[2]);
  }
  struct shared* shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) {
    fail("mmap");
  }
  close(fd);
  alarm(120);  // memory that is not shared after all is waited for in vain
  if (by_shm) {
    make_mutex(&shared->mutex);
  }
  for (atomic_fetch_add(&shared->peers, 1); atomic_load(&shared->peers) < 2;) {
    usleep(100);
  }
  long taken_over = 0;
  for (long rounds = atol(argv[3]); rounds > 0; --rounds) {
    if (pthread_mutex_lock(&shared->mutex) != 0) {
      fail("pthread_mutex_lock");
    }
    taken_over += shared->last != getpid();
    shared->last = getpid();
    const long counter = shared->counter;
    __asm__ volatile("" ::: "memory");
    shared->counter = counter + 1;
    if (pthread_mutex_unlock(&shared->mutex) != 0) {
      fail("pthread_mutex_unlock");
    }
  }
  printf("%ld\n", taken_over);
  return 0;
}
