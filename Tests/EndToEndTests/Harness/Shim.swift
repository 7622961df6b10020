import Foundation

/// A library that is loaded in front of the C library's, for machines that cannot be had: with a wrong clock, or a file system that
/// does not keep what it is given. The daemon itself is the built one.
enum Shim {
  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <stdarg.h>
    #include <stdlib.h>
    #include <sys/stat.h>
    #include <sys/syscall.h>
    #include <sys/time.h>
    #include <time.h>
    #include <unistd.h>
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
      return syscall(SYS_utimensat, directory, path, times, flags);
    }
    int futimens(int file, const struct timespec times[2]) { return utimensat(file, NULL, times, 0); }
    long syscall(long number, ...) {
      static long (*real)(long, ...);
      if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
      if (number == 452 /* fchmodat2 */ && getenv("SHIM_NO_CHMOD")) return 0;
      va_list list;
      va_start(list, number);
      long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long), e = va_arg(list, long);
      va_end(list);
      return real(number, a, b, c, d, e);
    }
    int chmod(const char *path, mode_t mode) { return getenv("SHIM_NO_CHMOD") ? 0 : syscall(SYS_fchmodat, AT_FDCWD, path, mode); }
    int fchmod(int file, mode_t mode) { return getenv("SHIM_NO_CHMOD") ? 0 : syscall(SYS_fchmod, file, mode); }
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

  private static func place(_ settings: [String: String]) -> Device.Place {
    Device.Place(environment: settings.merging(["LD_PRELOAD": path ?? ""]) { $1 })
  }
}
