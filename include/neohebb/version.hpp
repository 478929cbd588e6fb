/// The library's version: semantic, MAJOR.MINOR.PATCH. CMakeLists.txt reads it from here, so that there is
/// one place to change it.
#pragma once

/// Raised by changes that break programs (before 1.0 the minor version is).
#define NEOHEBB_VERSION_MAJOR 0
/// Raised by what is new.
#define NEOHEBB_VERSION_MINOR 2
/// Raised by what is mended.
#define NEOHEBB_VERSION_PATCH 0
/// "MAJOR.MINOR.PATCH".
#define NEOHEBB_VERSION "0.2.0"
