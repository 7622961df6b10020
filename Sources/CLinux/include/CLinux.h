#pragma once

// System calls that Swift cannot reach: variadic ones, those without a wrapper in the C library, and constants that are no plain numbers.
// Every function returns -1 and sets errno on failure, as the calls themselves do.

#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/// O_PATH: a descriptor that only names what it stands for.
extern const int covey_o_path;

/// openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: nothing outside `directory` is ever opened.
int covey_open_beneath(int directory, const char *path, int flags);

/// openat(2), which is variadic.
int covey_openat(int directory, const char *path, int flags, mode_t mode);

/// renameat2(2) that fails with EEXIST where the new name is taken.
int covey_rename_noreplace(int old_directory, const char *old_name, int new_directory, const char *new_name);

/// renameat2(2) that swaps two names at once; both must exist.
int covey_rename_exchange(int first_directory, const char *first_name, int second_directory, const char *second_name);

/// getdents64(2): fills `buffer` with `struct linux_dirent64`; 0 at the end.
ssize_t covey_getdents(int directory, void *buffer, size_t byte_count);

/// Takes a read lease: EAGAIN while anybody has the file open for writing, EACCES without ownership or CAP_LEASE.
int covey_take_read_lease(int file);

/// 1 while the read lease is whole, 0 when somebody asked to break it.
int covey_lease_is_whole(int file);

/// Ignores SIGIO, which the kernel sends when a lease is broken and which would end the process.
void covey_ignore_lease_signals(void);

/// chmod(2) of what an O_PATH descriptor stands for.
int covey_chmod_descriptor(int descriptor, mode_t mode);

/// utimensat(2) of the modification time of what an O_PATH descriptor stands for; the access time stays.
int covey_set_modified(int descriptor, int64_t seconds, int64_t nanoseconds);

/// Begins to write the dirty pages of a file to the disk and does not wait.
int covey_begin_writeback(int file);

/// Tells the file system that what is made in a directory is no part of one hierarchy (FS_TOPDIR_FL): each goes where there is room.
int covey_spread_subdirectories(int directory);

/// copy_file_range(2) at explicit offsets; clones where the file system can.
ssize_t covey_copy_range(int from, int64_t from_offset, int to, int64_t to_offset, size_t byte_count);

/// Makes all of `to` a clone of `from` (FICLONE); EOPNOTSUPP or EXDEV where the file system cannot.
int covey_clone(int from, int to);

/// Has the allocator keep what is freed for what is asked next, up to 16 MiB an arena: given back to the kernel at once, every buffer of
/// some size would be mapped, filled with zeros and faulted in anew.
void covey_keep_freed_memory(void);

/// flock(2) for one holder, without waiting: EWOULDBLOCK while another process holds it.
int covey_lock_exclusively(int file);

/// Who is at the other end of a Unix socket.
int covey_peer_credentials(int socket, pid_t *process, uid_t *user, gid_t *group);

/// syncfs(2): writes back everything of the file system that holds the descriptor.
int covey_sync_file_system(int descriptor);
