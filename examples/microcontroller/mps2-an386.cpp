// What a program needs beneath main on a Cortex-M4: vectors, reset, a way to print and a way to stop. Text
// leaves by semihosting: an emulator or a debugger takes it. For your board's UART, replace puts.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" {

// From the linker script.
extern std::uint32_t data_in_flash[], data_begin[], data_end[], bss_begin[], bss_end[];
extern std::uint32_t stack_end[], stack_begin[];  // it grows downwards, from begin to end
using Constructor = void();
extern Constructor* constructors_begin[];
extern Constructor* constructors_end[];

int program() asm("main");  // C++ itself lets nobody call main

/// [Arm, "Semihosting for AArch32 and AArch64"]
static void semihost(std::uint32_t operation, const void* argument) {
  register std::uint32_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

int puts(const char* text) {
  constexpr std::uint32_t write0 = 0x04;
  semihost(write0, text);
  semihost(write0, "\n");
  return 0;
}

[[noreturn]] static void stop(bool success) {
  constexpr std::uint32_t exit = 0x18, application_exit = 0x20026, run_time_error = 0x20023;
  semihost(exit, reinterpret_cast<const void*>(success ? application_exit : run_time_error));
  while (true) {
  }
}

/// What NEOHEBB_REQUIRE ends in here; the C library's would bring signals along.
void abort() {
  puts("aborted");
  stop(false);
}
[[noreturn]] void fault() {
  puts("fault");
  stop(false);
}

constexpr std::uint32_t paint = 0x5AFE57AC;  // tells how deep the stack ever was

[[noreturn]] __attribute__((noinline)) void start() {
  for (std::ptrdiff_t k = 0; k < data_end - data_begin; ++k) data_begin[k] = data_in_flash[k];
  for (std::uint32_t* word = bss_begin; word != bss_end; ++word) *word = 0;
  for (Constructor** constructor = constructors_begin; constructor != constructors_end; ++constructor)
    (*constructor)();
  const int status = program();
  std::uint32_t* deepest = stack_end;
  while (*deepest == paint) ++deepest;
  char text[] = "stack:       bytes";
  auto used = static_cast<unsigned>(stack_begin - deepest) * 4;
  for (char* digit = text + 11; used != 0; used /= 10) *digit-- = static_cast<char>('0' + used % 10);
  puts(text);
  stop(status == 0);
}

[[noreturn]] __attribute__((naked)) void reset() {
  asm volatile(
      "ldr r0, =0xE000ED88\n"  // CPACR: full access to the floating-point unit
      "ldr r1, [r0]\n"
      "orr r1, r1, #0xF00000\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
      "ldr r0, =stack_end\n"
      "ldr r1, =0x5AFE57AC\n"  // paint
      "mov r2, sp\n"
      "1: str r1, [r0], #4\n"
      "cmp r0, r2\n"
      "blo 1b\n"
      "b start\n");
}

/// Stack, reset, then what faults: an overflow of the stack ends in one, too.
__attribute__((section(".vectors"), used)) const std::uintptr_t vectors[16] = {
    reinterpret_cast<std::uintptr_t>(stack_begin), reinterpret_cast<std::uintptr_t>(reset),
    reinterpret_cast<std::uintptr_t>(fault),       reinterpret_cast<std::uintptr_t>(fault),
    reinterpret_cast<std::uintptr_t>(fault),       reinterpret_cast<std::uintptr_t>(fault),
    reinterpret_cast<std::uintptr_t>(fault)};

/// Variables that live for ever need no end.
void* __dso_handle = nullptr;
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
}
