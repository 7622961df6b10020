import Foundation

/// A library that is loaded in front of the C library's, for machines that cannot be had: with a wrong clock, a file system that does
/// not keep what it is given or tell all names apart, a quota that is used up, or a fault before the nth change of a disk. The daemon itself is the built one.
enum Shim {
  private static let source = """
    #define _GNU_SOURCE
    #include <ctype.h>
    #include <dirent.h>
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <stdarg.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/ioctl.h>
    #include <sys/stat.h>
    #include <sys/syscall.h>
    #include <sys/time.h>
    #include <sys/uio.h>
    #include <time.h>
    #include <unistd.h>
    /* Called before every change of a disk and every flush: before the one that SHIM_DIE_AT counts, the process ends, and with it
       the power of the disk SHIM_DISK. */
    static void barrier(void) {
      static const char *at;
      static int count;
      if (!at && !(at = getenv("SHIM_DIE_AT"))) at = "";
      if (!*at || __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST) != atoi(at)) return;
      const char *disk = getenv("SHIM_DISK");
      unsigned without_flush = 2;
      if (disk) ioctl(open(disk, O_RDONLY | O_DIRECTORY), 0x8004587d, &without_flush);
      _exit(9);
    }
    /* While the file SHIM_QUOTA stands, nothing more may be written below SHIM_QUOTA_BELOW. */
    static int is_over_quota(int file) {
      const char *flag = getenv("SHIM_QUOTA"), *below = getenv("SHIM_QUOTA_BELOW");
      if (!flag || !below || access(flag, F_OK) != 0) return 0;
      char name[64], path[4096];
      snprintf(name, sizeof name, "/proc/self/fd/%d", file);
      ssize_t length = readlink(name, path, sizeof path - 1);
      return length > 0 && (path[length] = 0, strncmp(path, below, strlen(below)) == 0);
    }
    static void barrier_of(int file) {
      struct stat info;
      if (getenv("SHIM_DIE_AT") && fstat(file, &info) == 0 && S_ISREG(info.st_mode)) barrier();
    }
    /* Where SHIM_FOLDS stands, names that differ by case or by the composition of an e are one: a call that names what is not there
       gets what stands there under another spelling. */
    static int next_character(const char **name) {
      int length = strncmp(*name, "e\\xCC\\x81", 3) == 0 ? 3 : strncmp(*name, "\\xC3\\xA9", 2) == 0 ? 2 : 0;
      *name += length ? length : 1;
      return length ? 0xE9 : tolower((unsigned char)(*name)[-1]);
    }
    static int is_same_name(const char *a, const char *b) {
      while (*a && *b) if (next_character(&a) != next_character(&b)) return 0;
      return *a == *b;
    }
    struct folded { char path[8192]; };
    static const char *fold(int directory, const char *path, struct folded *out) {
      if (!path || !getenv("SHIM_FOLDS") || strlen(path) >= 4096) return path;
      for (size_t end = 0; *path; end += strlen(out->path + end)) {
        char above[sizeof out->path], name[4096];
        snprintf(above, sizeof above, "%s", end ? out->path : ".");
        snprintf(name, sizeof name, "%.*s", (int)strcspn(path, "/"), path);
        strcpy(out->path + end, name);
        path += strlen(name);
        if (*name && syscall(SYS_faccessat2, directory, out->path, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
          int opened = syscall(SYS_openat, directory, above, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
          DIR *listing = opened < 0 ? NULL : fdopendir(opened);
          for (struct dirent *entry; listing && (entry = readdir(listing));)
            if (is_same_name(entry->d_name, name)) strcpy(out->path + end, entry->d_name);
          if (listing) closedir(listing);
        }
        while (*path == '/') strcat(out->path, "/"), path++;
      }
      return out->path;
    }
    #define PASS(result, name, parameters, arguments) \
      result name parameters { \
        static result (*real) parameters; \
        if (!real) real = (result (*) parameters)dlsym(RTLD_NEXT, #name); \
        barrier(); \
        return real arguments; \
      }
    #define PASS_FILE(result, name, parameters, arguments) \
      result name parameters { \
        static result (*real) parameters; \
        if (!real) real = (result (*) parameters)dlsym(RTLD_NEXT, #name); \
        barrier_of(file); \
        if (is_over_quota(file)) { errno = EDQUOT; return -1; } \
        return real arguments; \
      }
    #define FOLD(directory, path) fold(directory, path, &(struct folded){})
    PASS(int, rename, (const char *from, const char *to), (from, to))
    PASS(int, renameat, (int a, const char *from, int b, const char *to), (a, FOLD(a, from), b, FOLD(b, to)))
    PASS(int, unlink, (const char *path), (path))
    PASS(int, unlinkat, (int directory, const char *path, int flags), (directory, FOLD(directory, path), flags))
    PASS(int, mkdir, (const char *path, mode_t mode), (path, mode))
    PASS(int, mkdirat, (int directory, const char *path, mode_t mode), (directory, FOLD(directory, path), mode))
    PASS(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, FOLD(a, from), b, FOLD(b, to), flags))
    PASS(int, symlinkat, (const char *target, int directory, const char *path), (target, directory, FOLD(directory, path)))
    PASS(int, fsync, (int file), (file))
    PASS(int, fdatasync, (int file), (file))
    PASS(int, syncfs, (int file), (file))
    PASS_FILE(int, ftruncate, (int file, off_t length), (file, length))
    PASS_FILE(int, ftruncate64, (int file, off64_t length), (file, length))
    PASS_FILE(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t offset), (file, bytes, count, offset))
    PASS_FILE(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t offset), (file, bytes, count, offset))
    ssize_t copy_file_range(int from, off64_t *in, int file, off64_t *out, size_t count, unsigned flags) {
      barrier_of(file);
      if (is_over_quota(file)) { errno = EDQUOT; return -1; }
      return syscall(SYS_copy_file_range, from, in, file, out, count, flags);
    }
    PASS_FILE(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
    static long shift(void) { const char *text = getenv("SHIM_CLOCK"); return text ? atol(text) : 0; }
    int clock_gettime(clockid_t clock, struct timespec *out) {
      int result = syscall(SYS_clock_gettime, clock, out);
      if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) out->tv_sec += shift();
      return result;
    }
    int gettimeofday(struct timeval *restrict out, void *restrict zone) {
      struct timespec now;
      clock_gettime(CLOCK_REALTIME, &now);
      out->tv_sec = now.tv_sec;
      out->tv_usec = now.tv_nsec / 1000;
      return 0;
    }
    time_t time(time_t *out) {
      struct timespec now;
      clock_gettime(CLOCK_REALTIME, &now);
      if (out) *out = now.tv_sec;
      return now.tv_sec;
    }
    int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
      struct timespec coarse[2];
      if (times && getenv("SHIM_COARSE")) {
        coarse[0] = times[0];
        coarse[1].tv_sec = times[1].tv_sec & ~1L;
        coarse[1].tv_nsec = 0;
        times = coarse;
      }
      barrier();
      return syscall(SYS_utimensat, directory, FOLD(directory, path), times, flags);
    }
    int openat(int directory, const char *path, int flags, ...) {
      va_list list;
      va_start(list, flags);
      mode_t mode = va_arg(list, mode_t);
      va_end(list);
      return syscall(SYS_openat, directory, FOLD(directory, path), flags, mode);
    }
    int fstatat(int directory, const char *restrict path, struct stat *restrict out, int flags) {
      return syscall(SYS_newfstatat, directory, FOLD(directory, path), out, flags);
    }
    ssize_t readlinkat(int directory, const char *restrict path, char *restrict out, size_t size) {
      return syscall(SYS_readlinkat, directory, FOLD(directory, path), out, size);
    }
    int futimens(int file, const struct timespec times[2]) { return utimensat(file, NULL, times, 0); }
    long syscall(long number, ...) {
      static long (*real)(long, ...);
      if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
      if (number == 452 /* fchmodat2 */ && getenv("SHIM_NO_CHMOD")) return 0;
      if (number == SYS_renameat2 || number == 452) barrier();
      va_list list;
      va_start(list, number);
      long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long), e = va_arg(list, long);
      long f = va_arg(list, long);
      va_end(list);
      if (number == SYS_openat2) return real(number, a, FOLD(a, (const char *)b), c, d, e, f);
      if (number == SYS_renameat2) return real(number, a, FOLD(a, (const char *)b), c, FOLD(c, (const char *)d), e, f);
      return real(number, a, b, c, d, e, f);
    }
    int chmod(const char *path, mode_t mode) { return getenv("SHIM_NO_CHMOD") ? 0 : syscall(SYS_fchmodat, AT_FDCWD, path, mode); }
    int fchmod(int file, mode_t mode) { barrier(); return getenv("SHIM_NO_CHMOD") ? 0 : syscall(SYS_fchmod, file, mode); }
    """

  /// Nil where no C compiler is at hand.
  static let path: String? = {
    let place = "/tmp/covey-shim-\(UInt32.random(in: 0...0xFFFFFF))"
    guard (try? source.write(toFile: place + ".c", atomically: true, encoding: .utf8)) != nil else { return nil }
    defer { unlink(place + ".c") }
    for compiler in ["cc", "clang"] where Program.works(compiler, "-shared", "-fPIC", "-o", place + ".so", place + ".c", "-ldl") { return place + ".so" }
    return nil
  }()

  /// A machine whose clock is off by so many seconds.
  static func clock(off seconds: Int) -> Device.Place { place(["SHIM_CLOCK": "\(seconds)"]) }
  /// A file system that keeps times in steps of two seconds.
  static var coarseTimes: Device.Place { place(["SHIM_COARSE": "1"]) }
  /// A file system that takes every mode and keeps none.
  static var noModes: Device.Place { place(["SHIM_NO_CHMOD": "1"]) }

  /// A file system that takes names for one which differ by case or composition.
  static var foldedNames: Device.Place { place(["SHIM_FOLDS": "1"]) }

  /// A process that is killed before it changes or flushes a disk for the nth time; with the power of `disk`, where one is named.
  static func dying(at number: Int, withPowerOf disk: String?) -> [String: String] {
    ["LD_PRELOAD": path ?? "", "SHIM_DIE_AT": "\(number)"].merging(disk.map { ["SHIM_DISK": $0] } ?? [:]) { $1 }
  }

  /// A user whose quota is used up below a directory, for as long as `flag` stands.
  static func quota(below directory: String, whileThereIs flag: String) -> Device.Place {
    place(["SHIM_QUOTA": flag, "SHIM_QUOTA_BELOW": directory])
  }

  private static func place(_ settings: [String: String]) -> Device.Place {
    Device.Place(environment: settings.merging(["LD_PRELOAD": path ?? ""]) { $1 })
  }
}
