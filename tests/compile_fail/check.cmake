# Programs that must not compile. NAME.cpp begins with `// expect: REGEX`, a regular expression of CMake, which the
# compiler's message must match; the matching line is printed. With `// expect only: REGEX` it must be the only error. Included, this file registers the cases; as a script
# (cmake -DCASE=… -DCOMPILE=… -P) it judges one.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
  foreach(case ${cases})
    get_filename_component(name ${case} NAME_WLE)
    add_test(NAME compile_fail/${name}
             COMMAND ${CMAKE_COMMAND} -DCASE=${case}
                     "-DCOMPILE=${CMAKE_CXX_COMPILER};-std=c++20;-fsyntax-only;-fdiagnostics-color=never;-I${PROJECT_SOURCE_DIR}/include;-isystem;$<JOIN:$<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>,;-isystem;>"
                     -P ${CMAKE_CURRENT_LIST_DIR}/check.cmake)
    set_tests_properties(compile_fail/${name} PROPERTIES LABELS compile_fail ENVIRONMENT LC_ALL=C)
  endforeach()
  return()
endif()

file(STRINGS ${CASE} first LIMIT_COUNT 1)
if(NOT first MATCHES "^// expect( only)?: (.+)$")
  message(FATAL_ERROR "${CASE} does not begin with `// expect: REGEX`")
endif()
set(only "${CMAKE_MATCH_1}")
set(expect "${CMAKE_MATCH_2}")
execute_process(COMMAND ${COMPILE} ${CASE} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "${CASE} compiles, but must not")
endif()
if(NOT output MATCHES "[^\n]*(${expect})[^\n]*")
  message(FATAL_ERROR "the compiler's message does not match `${expect}`:\n${output}")
endif()
set(line "${CMAKE_MATCH_0}")
string(REGEX MATCHALL "(^|\n)[^\n]*error: " errors "${output}")
list(LENGTH errors count)
if(only AND NOT count EQUAL 1)
  message(FATAL_ERROR "${count} errors, expected one:\n${output}")
endif()
message(STATUS "${line}")
