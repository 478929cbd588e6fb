# The four ways into somebody else's program: CMakeLists.txt beside this file is that program, configured, built and run
# by ctest in build/tests/import/WAY.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()  # there is nothing to install
endif()
set(prefix ${CMAKE_CURRENT_BINARY_DIR}/import/prefix)
add_test(NAME import/install COMMAND sh -c "rm -rf '${prefix}' && '${CMAKE_COMMAND}' --install '${PROJECT_BINARY_DIR}' --prefix '${prefix}'")
set_tests_properties(import/install PROPERTIES FIXTURES_SETUP installed LABELS import)

set(parts)
foreach(part zlib zip hdf5 mpi)
  if(TARGET neohebb::${part})
    list(APPEND parts ${part})
  endif()
endforeach()
set(ways find_package add_subdirectory fetch_content copied_headers)
set(fetched)
if(eigen_SOURCE_DIR)
  message(STATUS "skipped: import/find_package needs an installed Eigen")
  list(REMOVE_ITEM ways find_package)
  set(fetched -DFETCHCONTENT_SOURCE_DIR_EIGEN=${eigen_SOURCE_DIR} -DCMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON)
endif()
foreach(way ${ways})
  add_test(NAME import/${way}
           COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${CMAKE_CURRENT_LIST_DIR} ${CMAKE_CURRENT_BINARY_DIR}/import/${way}
                   --build-generator ${CMAKE_GENERATOR} --build-makeprogram ${CMAKE_MAKE_PROGRAM} --build-options
                   -DWAY=${way} "-DPARTS=${parts}" -DVERSION=${PROJECT_VERSION} -DCHECKOUT=${PROJECT_SOURCE_DIR}
                   -DINSTALLED=${prefix} -DEIGEN=$<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>
                   -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} ${fetched} --test-command consumer)
  set_tests_properties(import/${way} PROPERTIES LABELS import)
endforeach()
if(find_package IN_LIST ways)
  set_tests_properties(import/find_package PROPERTIES FIXTURES_REQUIRED installed)
  foreach(way pkg_config conan vcpkg)
    add_test(NAME import/${way}
             COMMAND ${CMAKE_CURRENT_LIST_DIR}/${way}.sh ${CMAKE_CURRENT_BINARY_DIR}/import/${way} ${prefix}
                     ${PROJECT_SOURCE_DIR} ${CMAKE_CXX_COMPILER} $<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>)
    set_tests_properties(import/${way} PROPERTIES LABELS import FIXTURES_REQUIRED installed SKIP_RETURN_CODE 77
                         ENVIRONMENT "VERSION=${PROJECT_VERSION};CMAKE=${CMAKE_COMMAND}")
  endforeach()

  foreach(case 5=5.0.1=5.0.1 behind_old=3.3.9,5.0.1=5.0.1 preferred=5.0.1,3.4.0=5.0.1
               "too_old=3.3.9=Eigen 3.4 to 5 .* 3.3.9 in [^ ]+" "too_new=6.0.0=Eigen 3.4 to 5 .* 6.0.0 in [^ ]+")
    string(REGEX MATCH "(.*)=(.*)=(.*)" case ${case})
    set(name import/eigen_${CMAKE_MATCH_1})
    string(REPLACE "," ";" versions ${CMAKE_MATCH_2})
    add_test(NAME ${name}
             COMMAND ${CMAKE_COMMAND} "-DVERSIONS=${versions}" -DEXPECT=${CMAKE_MATCH_3} -DCHECKOUT=${PROJECT_SOURCE_DIR}
                     -DWORK=${CMAKE_CURRENT_BINARY_DIR}/${name} -DINSTALLED=${prefix}
                     -DEIGEN=$<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES> -DGENERATOR=${CMAKE_GENERATOR}
                     -DMAKE=${CMAKE_MAKE_PROGRAM} -DCXX=${CMAKE_CXX_COMPILER} -P ${CMAKE_CURRENT_LIST_DIR}/eigen.cmake)
    set_tests_properties(${name} PROPERTIES LABELS import FIXTURES_REQUIRED installed)
  endforeach()

  # Installed elsewhere than in include/ and share/. @WORK@ is a folder of the test's own.
  foreach(case relative=include/nb=lib absolute=@WORK@/dev/include=@WORK@/dev/share absolute_include=@WORK@/headers=share)
    string(REGEX MATCH "(.*)=(.*)=(.*)" case ${case})
    add_test(NAME import/folders_${CMAKE_MATCH_1}
             COMMAND ${CMAKE_COMMAND} -DCASE=${CMAKE_MATCH_1} -DINCLUDEDIR=${CMAKE_MATCH_2} -DDATADIR=${CMAKE_MATCH_3}
                     -DCHECKOUT=${PROJECT_SOURCE_DIR} -DWORK=${CMAKE_CURRENT_BINARY_DIR}/import/folders
                     -DGENERATOR=${CMAKE_GENERATOR} -DCXX=${CMAKE_CXX_COMPILER} -P ${CMAKE_CURRENT_LIST_DIR}/folders.cmake)
    set_tests_properties(import/folders_${CMAKE_MATCH_1} PROPERTIES LABELS import)
  endforeach()
endif()

# A libhdf5 that cannot read packed files is no libhdf5, and CMake says so.
add_test(NAME import/hdf5_without_zlib
         COMMAND ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR} -B ${CMAKE_CURRENT_BINARY_DIR}/import_hdf5_without_zlib
                 -DNEOHEBB_TESTS=OFF -DNEOHEBB_EXAMPLES=OFF -DNEOHEBB_BENCHMARKS=OFF -DEigen3_DIR=${Eigen3_DIR}
                 -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON
                 -Dneohebb_hdf5_include=${CMAKE_CURRENT_LIST_DIR}/hdf5_without_zlib -Dneohebb_hdf5_library=hdf5)
set_tests_properties(import/hdf5_without_zlib PROPERTIES LABELS import PASS_REGULAR_EXPRESSION
                     "neohebb::hdf5 is left out: (libhdf5 was compiled without zlib|zlib not found)")
