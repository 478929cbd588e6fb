# Installs the package into two folders, relative to the prefix or absolute, by way of DESTDIR as a distribution does; moves
# the files to where they belong and builds the consumer with them:
#     cmake -DCASE=… -DINCLUDEDIR=… -DDATADIR=… -DCHECKOUT=… -DWORK=… -DGENERATOR=… -DCXX=… -P folders.cmake
# In INCLUDEDIR and DATADIR, @WORK@ stands for the folder that the test works in.
cmake_minimum_required(VERSION 3.21)
set(work ${WORK}/${CASE})
string(REPLACE @WORK@ ${work} INCLUDEDIR "${INCLUDEDIR}")
string(REPLACE @WORK@ ${work} DATADIR "${DATADIR}")
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})
function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${status} after printing\n${output}")
  endif()
endfunction()

# A copy, because CMake refuses to install into a folder of the source tree, in which the test may well be.
file(COPY ${CHECKOUT}/CMakeLists.txt ${CHECKOUT}/include DESTINATION ${work}/source)
run(${CMAKE_COMMAND} -S ${work}/source -B ${work}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX} -DNEOHEBB_TESTS=OFF
    -DNEOHEBB_EXAMPLES=OFF -DNEOHEBB_BENCHMARKS=OFF -DCMAKE_INSTALL_PREFIX=${prefix} -DCMAKE_INSTALL_INCLUDEDIR=${INCLUDEDIR}
    -DCMAKE_INSTALL_DATADIR=${DATADIR})
run(${CMAKE_COMMAND} -E env DESTDIR=${work}/stage ${CMAKE_COMMAND} --install ${work}/build)

cmake_path(ABSOLUTE_PATH INCLUDEDIR BASE_DIRECTORY ${prefix} OUTPUT_VARIABLE include)
cmake_path(ABSOLUTE_PATH DATADIR BASE_DIRECTORY ${prefix} OUTPUT_VARIABLE data)
set(package ${data}/neohebb/cmake)
set(pkgconfig ${data}/pkgconfig)
file(GLOB_RECURSE files RELATIVE ${work}/stage ${work}/stage/*)
foreach(file ${files})
  cmake_path(IS_PREFIX include /${file} in_include)
  cmake_path(IS_PREFIX package /${file} in_package)
  if(NOT in_include AND NOT in_package AND NOT /${file} STREQUAL ${pkgconfig}/neohebb.pc)
    message(FATAL_ERROR "/${file} is neither in ${include} nor in ${package} nor ${pkgconfig}/neohebb.pc")
  endif()
endforeach()
foreach(file ${include}/neohebb/neohebb.hpp ${package}/neohebb-config.cmake ${pkgconfig}/neohebb.pc)
  if(NOT EXISTS ${work}/stage${file})
    message(FATAL_ERROR "there is no ${file} under DESTDIR; installed: ${files}")
  endif()
  if(EXISTS ${file})
    message(FATAL_ERROR "${file} was installed outside DESTDIR")
  endif()
endforeach()
file(STRINGS ${work}/stage${package}/neohebb-targets.cmake line REGEX INTERFACE_INCLUDE_DIRECTORIES)
if(NOT line MATCHES "INTERFACE_INCLUDE_DIRECTORIES \"[^;\"]+\"")
  message(FATAL_ERROR "one include folder expected, got: ${line}")
endif()

file(COPY ${work}/stage/ DESTINATION /)  # under ${work} again: all of the folders are
file(REMOVE_RECURSE ${work}/stage)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/consumer -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX} -DWAY=find_package
    -DINSTALLED=${prefix} -Dneohebb_DIR=${package})
run(${CMAKE_COMMAND} --build ${work}/consumer)
run(${work}/consumer/consumer)
find_program(pkg_config pkg-config)
if(pkg_config)  # the folder that it names is the one that the headers are in
  set(ENV{PKG_CONFIG_PATH} ${pkgconfig})
  execute_process(COMMAND ${pkg_config} --cflags-only-I neohebb OUTPUT_VARIABLE flags RESULT_VARIABLE status
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX MATCH "^-I([^ ]+)" flag "${flags}")
  file(REAL_PATH "${CMAKE_MATCH_1}" named)
  file(REAL_PATH ${include} expected)
  if(NOT status EQUAL 0 OR NOT named STREQUAL expected)
    message(FATAL_ERROR "pkg-config names ${flags}, expected -I${expected}")
  endif()
endif()
message("headers in ${include}, package in ${package}")
