#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

const int covey_o_path = O_PATH;

int covey_open_beneath(int directory, const char *path, int flags) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int covey_openat(int directory, const char *path, int flags, mode_t mode) {
  return openat(directory, path, flags | O_CLOEXEC, mode);
}

int covey_rename_noreplace(int old_directory, const char *old_name, int new_directory, const char *new_name) {
  return (int)syscall(SYS_renameat2, old_directory, old_name, new_directory, new_name, RENAME_NOREPLACE);
}

int covey_rename_exchange(int first_directory, const char *first_name, int second_directory, const char *second_name) {
  return (int)syscall(SYS_renameat2, first_directory, first_name, second_directory, second_name, RENAME_EXCHANGE);
}

ssize_t covey_getdents(int directory, void *buffer, size_t byte_count) {
  return syscall(SYS_getdents64, directory, buffer, byte_count);
}

int covey_take_read_lease(int file) { return fcntl(file, F_SETLEASE, F_RDLCK); }

int covey_lease_is_whole(int file) {
  // While a lease is being broken, F_GETLEASE names what it will become.
  int type = fcntl(file, F_GETLEASE);
  return type < 0 ? -1 : type == F_RDLCK;
}

void covey_ignore_lease_signals(void) { signal(SIGIO, SIG_IGN); }

// Kernels before 6.6 cannot change the mode through an O_PATH descriptor; its name in /proc can be used everywhere.
static void proc_name(char *name, size_t size, int descriptor) { snprintf(name, size, "/proc/self/fd/%d", descriptor); }

int covey_chmod_descriptor(int descriptor, mode_t mode) {
  int result = (int)syscall(SYS_fchmodat2, descriptor, "", mode, AT_EMPTY_PATH);
  if (result == 0 || (errno != ENOSYS && errno != EPERM)) return result;
  char name[64];
  proc_name(name, sizeof name, descriptor);
  return chmod(name, mode);
}

int covey_set_modified(int descriptor, int64_t seconds, int64_t nanoseconds) {
  struct timespec times[2] = {{0, UTIME_OMIT}, {(time_t)seconds, (long)nanoseconds}};
  char name[64];
  proc_name(name, sizeof name, descriptor);
  return utimensat(AT_FDCWD, name, times, 0);
}

int covey_begin_writeback(int file) { return sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE); }

int covey_spread_subdirectories(int directory) {
  // The kernel writes an int, and its number says long: file systems in user space may take it at its word.
  union { int value; long room; } flags = {.room = 0};
  if (ioctl(directory, FS_IOC_GETFLAGS, &flags) != 0) return -1;
  if (flags.value & FS_TOPDIR_FL) return 0;
  flags.value |= FS_TOPDIR_FL;
  return ioctl(directory, FS_IOC_SETFLAGS, &flags);
}

ssize_t covey_copy_range(int from, int64_t from_offset, int to, int64_t to_offset, size_t byte_count) {
  off64_t in = from_offset, out = to_offset;
  return copy_file_range(from, &in, to, &out, byte_count, 0);
}

int covey_clone(int from, int to) { return ioctl(to, FICLONE, from); }

int covey_lock_exclusively(int file) { return flock(file, LOCK_EX | LOCK_NB); }

int covey_peer_credentials(int socket, pid_t *process, uid_t *user, gid_t *group) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
  *process = credentials.pid;
  *user = credentials.uid;
  *group = credentials.gid;
  return 0;
}

int covey_sync_file_system(int descriptor) { return syncfs(descriptor); }

void covey_keep_freed_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
}
