# Build switches of Eigen and of compilers that change what a program means. One learning program is built under each, and
# its numbers are compared with those of the plain build; examples/microcontroller.cpp, which has no heap, with Eigen's watch
# over malloc; NaN is to be refused under -ffast-math. EIGEN_DEFAULT_DENSE_INDEX_TYPE is refused: compile_fail/index_type.
# Included, this file makes the programs; as a script (cmake -DREFERENCE=… -DPROGRAM=… [-DTOLERANCE=…] -P) it compares two.
if(CMAKE_SCRIPT_MODE_FILE)
  if(DEFINED TOLERANCE)
    execute_process(COMMAND ${REFERENCE} COMMAND ${PROGRAM} ${TOLERANCE} RESULTS_VARIABLE statuses OUTPUT_VARIABLE output)
    message("${output}")
    if(NOT statuses STREQUAL "0;0")
      message(FATAL_ERROR "the programs ended with ${statuses}")
    endif()
    return()
  endif()
  foreach(program REFERENCE PROGRAM)
    execute_process(COMMAND ${${program}} OUTPUT_VARIABLE ${program}_output RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "${${program}} ended with ${status} after printing\n${${program}_output}")
    endif()
  endforeach()
  message("${PROGRAM_output}")
  if(NOT REFERENCE_output STREQUAL PROGRAM_output)
    message(FATAL_ERROR "without the switches it prints\n${REFERENCE_output}")
  endif()
  return()
endif()

# A program with switches, for this machine's simplest processor and without fused products, which depend on inlining.
function(switches_program name source)
  add_executable(switches_${name} ${source})
  set_target_properties(switches_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/switches)
  target_link_libraries(switches_${name} PRIVATE neohebb)
  target_compile_options(switches_${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -O1 -ffp-contract=off ${ARGN})
endfunction()
# switches_test(NAME REFERENCE [-DTOLERANCE=…])
function(switches_test name reference)
  add_test(NAME switches/${name}
           COMMAND ${CMAKE_COMMAND} -DREFERENCE=$<TARGET_FILE:switches_${reference}>
                   -DPROGRAM=$<TARGET_FILE:switches_${name}> ${ARGN} -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/check.cmake)
  set_tests_properties(switches/${name} PROPERTIES LABELS switches)
endfunction()

set(learn ${CMAKE_CURRENT_LIST_DIR}/learn.cpp)
set(microcontroller ${PROJECT_SOURCE_DIR}/examples/microcontroller.cpp)
switches_program(plain ${learn} -DNDEBUG)
# The same arithmetic, so the same bits.
switches_program(same ${learn} -UNDEBUG -DEIGEN_DEFAULT_TO_ROW_MAJOR -DEIGEN_INITIALIZE_MATRICES_BY_NAN -DEIGEN_RUNTIME_NO_MALLOC
                 -DEIGEN_NO_AUTOMATIC_RESIZING)
switches_test(same plain -DTOLERANCE=0)
# Sums in another order. The numbers are double: no spike hangs on the last bit.
switches_program(one_by_one ${learn} -DNDEBUG -DEIGEN_DONT_VECTORIZE)
switches_test(one_by_one plain -DTOLERANCE=1e-12)
switches_program(unaligned ${learn} -DNDEBUG -DEIGEN_MAX_ALIGN_BYTES=0)
switches_test(unaligned plain -DTOLERANCE=1e-12)
switches_program(fast_math ${learn} -DNDEBUG -ffast-math)
switches_test(fast_math plain -DTOLERANCE=1e-12)

switches_program(fixed ${microcontroller} -DNDEBUG)
switches_program(no_malloc ${microcontroller} -UNDEBUG -DEIGEN_NO_MALLOC -DEIGEN_DEFAULT_TO_ROW_MAJOR -DEIGEN_INITIALIZE_MATRICES_BY_NAN)
switches_test(no_malloc fixed)

switches_program(refusals ${CMAKE_CURRENT_LIST_DIR}/refusals.cpp -ffast-math)
add_test(NAME switches/refusals COMMAND switches_refusals)
set_tests_properties(switches/refusals PROPERTIES LABELS switches)
