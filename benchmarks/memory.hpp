// What a process takes of the machine's memory.
#pragma once
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace limits {

/// Whole-process peak of a child that runs f, in bytes.
double peak_bytes(auto&& f) {
  const pid_t child = fork();
  if (child == 0) {
    f();
    _exit(0);
  }
  rusage usage{};
  int status = 0;
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
    throw std::runtime_error("a child process that measures memory failed");
  return 1024 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace limits
