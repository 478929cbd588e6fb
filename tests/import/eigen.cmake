# Packages of Eigen with other version numbers, each with the version rule that Eigen's own package has: the project is configured
# and the installed package found with them. The first of VERSIONS that suits is to be taken; EXPECT is that one, or a regular
# expression that the refusal matches.
#     cmake -DVERSIONS=… -DEXPECT=… -DWORK=… -DEIGEN=… -DCHECKOUT=… -DINSTALLED=… -DGENERATOR=… -DMAKE=… -DCXX=… -P eigen.cmake
cmake_minimum_required(VERSION 3.21)
include(CMakePackageConfigHelpers)
set(CMAKE_SIZEOF_VOID_P 8)
file(REMOVE_RECURSE ${WORK})
set(prefixes)
foreach(version ${VERSIONS})
  set(package ${WORK}/${version}/share/eigen3/cmake)
  write_basic_package_version_file(${package}/Eigen3ConfigVersion.cmake VERSION ${version} COMPATIBILITY SameMajorVersion
                                   ARCH_INDEPENDENT)
  file(WRITE ${package}/Eigen3Config.cmake "add_library(Eigen3::Eigen INTERFACE IMPORTED)
set_target_properties(Eigen3::Eigen PROPERTIES INTERFACE_INCLUDE_DIRECTORIES \"${EIGEN}\")\n")
  list(APPEND prefixes ${WORK}/${version})
endforeach()
list(JOIN prefixes ":" prefixes)
set(ENV{CMAKE_PREFIX_PATH} ${prefixes})
# This machine's own Eigen is out of sight; what would be fetched is a folder that is there.
set(options -G ${GENERATOR} -DCMAKE_MAKE_PROGRAM=${MAKE} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF
            -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
function(run expected_status regex)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
  string(REGEX REPLACE "[ \n]+" " " line "${output}")  # CMake breaks its lines
  if(NOT status EQUAL expected_status OR NOT line MATCHES "${regex}")
    message(FATAL_ERROR "${ARGN}\nended with ${status} (expected: ${expected_status} and `${regex}`) after printing\n${output}")
  endif()
  message("${CMAKE_MATCH_0}")
endfunction()
function(expect_chosen build)
  file(STRINGS ${build}/CMakeCache.txt chosen REGEX "^Eigen3_DIR:")
  if(NOT chosen STREQUAL "Eigen3_DIR:PATH=${WORK}/${EXPECT}/share/eigen3/cmake")
    message(FATAL_ERROR "Eigen ${EXPECT} expected, got ${chosen}")
  endif()
  message("${chosen}")
endfunction()

set(project ${CMAKE_COMMAND} -S ${CHECKOUT} -B ${WORK}/project ${options} -DNEOHEBB_TESTS=OFF -DNEOHEBB_EXAMPLES=OFF
            -DNEOHEBB_BENCHMARKS=OFF -DFETCHCONTENT_SOURCE_DIR_EIGEN=${EIGEN})
set(consumer ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/consumer ${options} -DWAY=find_package
             -DINSTALLED=${INSTALLED})
if(EXPECT IN_LIST VERSIONS)
  run(0 "" ${project})
  expect_chosen(${WORK}/project)
  run(0 "" ${project})  # again, with the cache of the first time
  expect_chosen(${WORK}/project)
  run(0 "" ${consumer})
  expect_chosen(${WORK}/consumer)
  if(NOT VERSIONS STREQUAL EXPECT)
    return()  # it is built once
  endif()
  run(0 "" ${CMAKE_COMMAND} --build ${WORK}/consumer)
  run(0 "2 spikes" ${WORK}/consumer/consumer)
else()
  run(0 "${EXPECT}[^:]*: fetching Eigen 3.4" ${project})
  run(1 "${EXPECT}" ${consumer})
  run(1 "${EXPECT}" ${consumer} -DWAY=add_subdirectory -DCHECKOUT=${CHECKOUT} -DFIRST=Eigen3)
endif()
