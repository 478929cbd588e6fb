// The library's version. CMakeLists.txt reads it from here, so that there is one place to change it.
#pragma once

#define NEOHEBB_VERSION_MAJOR 0
#define NEOHEBB_VERSION_MINOR 1
#define NEOHEBB_VERSION_PATCH 0
#define NEOHEBB_VERSION "0.1.0"
