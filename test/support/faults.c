/*
 * Loaded into a program under test (LD_PRELOAD): counts the system calls that change something in or below one folder, and
 * lets something happen at one of them. It knows neither salvor nor Node. faults.ts compiles and steers it:
 *
 *   SALVOR_FAULT_BELOW  the folder, a real path. Calls elsewhere pass uncounted.
 *   SALVOR_FAULT        KIND:CALL:ERRNO, CALL from 1. Kinds:
 *     count        nothing happens
 *     kill-before  SIGKILL instead of the call
 *     kill-after   SIGKILL when the call is done
 *     kill-half    SIGKILL when half of the bytes of a write are written; other calls: as kill-before
 *     fail         the call is not made and fails
 *     fail-half    half of the bytes of a write are written, and it fails; other calls: as fail
 *     fail-on      this call and all after it fail, as on a disk that is gone
 *     signal       calls that read are counted as well, and the process sends itself the signal with the number ERRNO; from
 *                  there on each of them takes 30 ms, so that the rest lasts long enough for the signal to be obeyed
 *
 * Each counted call is told on file descriptor 3, a line each: its name and its path.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum action { PASS, FAIL, HALF, DIE_AFTER };

static char below[PATH_MAX];
static char kind[32] = "count";
static long wanted;
static int failure;
static atomic_long calls;

__attribute__((constructor)) static void start(void) {
  const char *folder = getenv("SALVOR_FAULT_BELOW");
  const char *fault = getenv("SALVOR_FAULT");
  if (folder != NULL) snprintf(below, sizeof below, "%s", folder);
  if (fault != NULL) sscanf(fault, "%31[^:]:%ld:%d", kind, &wanted, &failure);
}

static int is(const char *name) { return strcmp(kind, name) == 0; }

static const char control[] = "/salvor-fault:";

/* Takes up what is to happen from now on. */
static void steer(const char *order) {
  char *folder;
  kind[0] = below[0] = '\0';
  wanted = failure = 0;
  atomic_store(&calls, 0);
  if (sscanf(order, "%31[^:]:%ld:%d:", kind, &wanted, &failure) < 3) return;
  folder = strchr(order, '/');
  if (folder != NULL) snprintf(below, sizeof below, "%s", folder);
}

static pthread_mutex_t one_copy = PTHREAD_MUTEX_INITIALIZER;

/* Copies the folder as it is now. */
static void snapshot(long call, const char *moment) {
  char from[PATH_MAX + 8], to[PATH_MAX + 64];
  char *none[] = {"PATH=/usr/bin:/bin", NULL};
  char *command[] = {"cp", "-a", "--sparse=always", "--reflink=auto", "--", from, to, NULL};
  pid_t child;
  const char *snapshots = getenv("SALVOR_FAULT_SNAPSHOTS");
  int status = 1, before = errno;
  if (snapshots == NULL) abort();
  snprintf(from, sizeof from, "%s/.", below);
  snprintf(to, sizeof to, "%s/%ld%s", snapshots, call, moment);
  pthread_mutex_lock(&one_copy);
  /* The program may wait for no child of its own. */
  if (posix_spawnp(&child, "cp", NULL, NULL, command, none) != 0 || waitpid(child, &status, 0) < 0 || status != 0) abort();
  pthread_mutex_unlock(&one_copy);
  errno = before;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Whether a real path is the folder or below it. */
static int is_below(const char *path) {
  size_t length = strlen(below);
  return length > 0 && strncmp(path, below, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The real path of the folder that a name lies in, and the name: the last part may be a link, which is not followed. */
static int place_of_path(const char *path, char *place) {
  char folder[PATH_MAX], real[PATH_MAX];
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  if (length >= sizeof folder) return 0;
  memcpy(folder, path, length);
  folder[length] = '\0';
  if (realpath(slash == NULL ? "." : length == 0 ? "/" : folder, real) == NULL) return 0;
  snprintf(place, PATH_MAX + NAME_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
  return 1;
}

static int place_of_descriptor(int descriptor, char *place) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, place, PATH_MAX);
  if (length < 0) return 0;
  place[length] = '\0';
  return 1;
}

/* The function of that name in the C library. */
static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

/* A system call of the library's own, past what is counted below. */
static long system_call(long number, long a, long b, long c, long d, long e, long f) {
  static long (*next)(long, ...);
  if (next == NULL) next = real("syscall");
  return next(number, a, b, c, d, e, f);
}

/* Counts a call and decides what becomes of it. `path`: NULL where it is about a descriptor. */
static enum action begin(const char *name, const char *path, int descriptor) {
  char place[PATH_MAX + NAME_MAX], line[PATH_MAX + NAME_MAX + 64];
  int before = errno;
  int known = path != NULL ? place_of_path(path, place) : place_of_descriptor(descriptor, place);
  errno = before;
  if (!known || !is_below(place)) return PASS;
  long call = atomic_fetch_add(&calls, 1) + 1;
  int length = snprintf(line, sizeof line, "%s %s\n", name, place);
  system_call(SYS_write, 3, (long)line, length, 0, 0, 0);
  errno = before;
  if (is("signal") && wanted > 0 && call >= wanted) {
    if (call == wanted) kill(getpid(), failure);
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
  }
  if (is("snapshot")) {
    snapshot(call, "");
    return strstr(name, "write") != NULL ? HALF : PASS;
  }
  if (is("fail-on") && call >= wanted) return errno = failure, FAIL;
  if (call != wanted) return PASS;
  int writes = strstr(name, "write") != NULL;
  if (is("kill-before") || (is("kill-half") && !writes)) die();
  if (is("kill-after")) return DIE_AFTER;
  if (is("fail") || (is("fail-half") && !writes)) return errno = failure, FAIL;
  return is("kill-half") || is("fail-half") ? HALF : PASS;
}

#define CALL(type, name, parameters, arguments, path, descriptor)         \
  type name parameters {                                                  \
    static type(*next) parameters;                                        \
    if (next == NULL) next = real(#name);                                 \
    enum action action = begin(#name, path, descriptor);                  \
    if (action == FAIL) return -1;                                        \
    type result = next arguments;                                         \
    if (action == DIE_AFTER) die();                                       \
    return result;                                                        \
  }

CALL(int, fsync, (int fd), (fd), NULL, fd)
CALL(int, fdatasync, (int fd), (fd), NULL, fd)
CALL(int, ftruncate64, (int fd, off64_t length), (fd, length), NULL, fd)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), NULL, fd)
CALL(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), NULL, fd)
CALL(int, futimens, (int fd, const struct timespec times[2]), (fd, times), NULL, fd)
CALL(int, fallocate64, (int fd, int mode, off64_t at, off64_t length), (fd, mode, at, length), NULL, fd)
CALL(ssize_t, sendfile64, (int to, int from, off64_t *at, size_t length), (to, from, at, length), NULL, to)
CALL(int, rmdir, (const char *path), (path), path, -1)
CALL(int, unlink, (const char *path), (path), path, -1)
CALL(int, remove, (const char *path), (path), path, -1)
CALL(int, chmod, (const char *path, mode_t mode), (path, mode), path, -1)
CALL(int, chown, (const char *path, uid_t user, gid_t group), (path, user, group), path, -1)
CALL(int, lchown, (const char *path, uid_t user, gid_t group), (path, user, group), path, -1)
CALL(int, symlink, (const char *target, const char *path), (target, path), path, -1)
CALL(int, link, (const char *from, const char *to), (from, to), to, -1)
CALL(int, rename, (const char *from, const char *to), (from, to), to, -1)
CALL(int, utimensat, (int folder, const char *path, const struct timespec times[2], int flags),
     (folder, path, times, flags), path, -1)

int mkdir(const char *path, mode_t mode) {
  static int (*next)(const char *, mode_t);
  if (next == NULL) next = real("mkdir");
  if (strncmp(path, control, sizeof control - 1) == 0) return steer(path + sizeof control - 1), 0;
  enum action action = begin("mkdir", path, -1);
  if (action == FAIL) return -1;
  int result = next(path, mode);
  if (action == DIE_AFTER) die();
  return result;
}

char *mkdtemp(char *pattern) {
  static char *(*next)(char *);
  if (next == NULL) next = real("mkdtemp");
  enum action action = begin("mkdtemp", pattern, -1);
  if (action == FAIL) return NULL;
  char *result = next(pattern);
  if (action == DIE_AFTER) die();
  return result;
}

static int opened(const char *path, int flags, mode_t mode) {
  static int (*next)(const char *, int, ...);
  if (next == NULL) next = real("open64");
  int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  enum action action = changes ? begin("open", path, -1) : PASS;
  if (action == FAIL) return -1;
  int result = next(path, flags, mode);
  if (action == DIE_AFTER) die();
  return result;
}

#define OPEN(name)                                                        \
  int name(const char *path, int flags, ...) {                            \
    va_list rest;                                                         \
    va_start(rest, flags);                                                \
    mode_t mode = va_arg(rest, mode_t);                                   \
    va_end(rest);                                                         \
    return opened(path, flags, mode);                                     \
  }

OPEN(open)
OPEN(open64)

/* What is left of a list of pieces when only the first `length` bytes count; gives how many pieces these are. */
static int first_bytes(const struct iovec *from, int count, size_t length, struct iovec *to) {
  int used = 0;
  for (; used < count && length > 0; used++) {
    to[used] = from[used];
    if (to[used].iov_len > length) to[used].iov_len = length;
    length -= to[used].iov_len;
  }
  return used;
}

static ssize_t written(const char *name, int fd, const struct iovec *pieces, int count, off64_t at) {
  enum action action = begin(name, NULL, fd);
  if (action == FAIL) return -1;
  struct iovec half[IOV_MAX];
  if (action == HALF) {
    size_t length = 0;
    for (int i = 0; i < count; i++) length += pieces[i].iov_len;
    count = first_bytes(pieces, count, (length + 1) / 2, half);
    pieces = half;
    if (is("snapshot")) {
      /* The program is told how much was written, and writes the rest itself. */
      ssize_t result = system_call(SYS_pwritev2, fd, (long)pieces, count, at, 0, 0);
      snapshot(atomic_load(&calls), "-half");
      return result;
    }
  }
  /* The same system call for all of them. An offset of -1 writes where the descriptor stands. */
  ssize_t result = system_call(SYS_pwritev2, fd, (long)pieces, count, at, 0, 0);
  if (action == DIE_AFTER || (action == HALF && is("kill-half"))) die();
  if (action == HALF) return errno = failure, -1;
  return result;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec piece = {(void *)bytes, length};
  return written("write", fd, &piece, 1, -1);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  struct iovec piece = {(void *)bytes, length};
  return written("pwrite", fd, &piece, 1, at);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) { return written("writev", fd, pieces, count, -1); }

ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t at) {
  return written("pwritev", fd, pieces, count, at);
}

/* Where a run is in its work is told by how often it has read. What was read is there before the signal is. */
static void counted_read(const char *name, int fd) {
  if (is("signal")) begin(name, NULL, fd);
}

#define READ(name, parameters, arguments)                                 \
  ssize_t name parameters {                                               \
    static ssize_t(*next) parameters;                                     \
    if (next == NULL) next = real(#name);                                 \
    ssize_t result = next arguments;                                      \
    int before = errno;                                                   \
    counted_read(#name, fd);                                              \
    errno = before;                                                       \
    return result;                                                        \
  }

READ(read, (int fd, void *bytes, size_t length), (fd, bytes, length))
READ(pread64, (int fd, void *bytes, size_t length, off64_t at), (fd, bytes, length, at))
READ(readv, (int fd, const struct iovec *pieces, int count), (fd, pieces, count))
READ(preadv64, (int fd, const struct iovec *pieces, int count, off64_t at), (fd, pieces, count, at))

/* libuv copies between files through this one. */
long syscall(long number, ...) {
  long a[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  enum action action = number == SYS_copy_file_range ? begin("copy_file_range", NULL, (int)a[2]) : PASS;
  if (action == FAIL) return -1;
  long result = system_call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (action == DIE_AFTER) die();
  return result;
}
