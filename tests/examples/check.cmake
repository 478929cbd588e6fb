# The behaviour of the example programs as a user meets it. Targets of examples/ come after those of tests/: called at the
# end of the whole project.
find_program(bash bash)
mark_as_advanced(bash)
function(neohebb_test_examples)
  set(out ${PROJECT_BINARY_DIR}/tests/examples_out)
  foreach(program dvs_decolle mnist_decolle mnist_competing event_info spike_likelihood superspike_pattern eprop_patterns
          eprop_evidence temporal_digits)
    if(TARGET ${program} AND bash)
      add_test(NAME examples/${program}
               COMMAND ${bash} ${PROJECT_SOURCE_DIR}/tests/examples/${program}.sh $<TARGET_FILE:${program}>)
    endif()
  endforeach()
  if(TARGET lif_trace)  # a program that knows nothing of ranks does not do the same work four times
    add_test(NAME examples/copies COMMAND ${CMAKE_COMMAND} -E env OMPI_COMM_WORLD_SIZE=4 $<TARGET_FILE:lif_trace> --out ${out})
    set_tests_properties(examples/copies PROPERTIES PASS_REGULAR_EXPRESSION
                         "lif_trace: 4 copies were started, but this program, as it was built, does not share its work")
  endif()
  if(TARGET neohebb::mpi AND TARGET mnist_decolle AND MPIEXEC_EXECUTABLE)
    add_test(NAME mpi/mnist_decolle COMMAND ${PROJECT_SOURCE_DIR}/tests/mpi/mnist_decolle.sh ${MPIEXEC_EXECUTABLE}
                                            $<TARGET_FILE:mnist_decolle>)
    set_tests_properties(mpi/mnist_decolle PROPERTIES SKIP_RETURN_CODE 77 LABELS mpi)
  endif()
  if(TARGET microcontroller AND bash)
    get_target_property(eigen Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
    foreach(program microcontroller microcontroller_eprop)
      add_test(NAME examples/${program}
               COMMAND ${CMAKE_COMMAND} -E env CXX=${CMAKE_CXX_COMPILER} "EIGEN=${eigen}" ${bash}
                       ${PROJECT_SOURCE_DIR}/tests/examples/${program}.sh ${PROJECT_BINARY_DIR}/${program})
      set_tests_properties(examples/${program} PROPERTIES SKIP_RETURN_CODE 77)
    endforeach()
    add_test(NAME examples/microcontroller_here COMMAND microcontroller)
    set_tests_properties(examples/microcontroller_here PROPERTIES PASS_REGULAR_EXPRESSION "after learning, class 3: 2[0-9] of 25")
  endif()
  if(TARGET temporal_digits AND bash)
    add_test(NAME examples/temporal_digits_shd
             COMMAND ${bash} ${PROJECT_SOURCE_DIR}/tests/examples/temporal_digits_shd.sh $<TARGET_FILE:temporal_digits>)
    set_tests_properties(examples/temporal_digits_shd PROPERTIES SKIP_RETURN_CODE 77)
  endif()
  if(TARGET nir_run AND TARGET nir_networks AND bash)
    add_test(NAME examples/nir_run COMMAND ${bash} ${PROJECT_SOURCE_DIR}/tests/examples/nir_run.sh
                                           $<TARGET_FILE:nir_run> $<TARGET_FILE:nir_networks>)
  endif()
  set(exporting)
  foreach(program mnist_decolle temporal_digits)
    if(TARGET ${program})
      list(APPEND exporting $<TARGET_FILE:${program}>)
    endif()
  endforeach()
  if(TARGET nir_run AND exporting AND bash)  # nir_run is there where libhdf5 is
    add_test(NAME examples/nir_option COMMAND ${bash} ${PROJECT_SOURCE_DIR}/tests/examples/nir_option.sh
                                              $<TARGET_FILE:nir_run> ${exporting})
  endif()
  if(TARGET lif_trace)
    add_test(NAME examples/lif_trace COMMAND lif_trace --out ${out})
    set_tests_properties(examples/lif_trace PROPERTIES PASS_REGULAR_EXPRESSION "lif_trace.png")
    add_test(NAME examples/lif_trace_refuses COMMAND lif_trace --out ${out} --tau-mem=-1)
    set_tests_properties(examples/lif_trace_refuses PROPERTIES PASS_REGULAR_EXPRESSION "time constant")
  endif()
  if(TARGET own_simulator)  # neither silent nor saturated
    add_test(NAME examples/own_simulator COMMAND own_simulator --out ${out} --duration 500)
    set_tests_properties(examples/own_simulator PROPERTIES PASS_REGULAR_EXPRESSION "excitatory +[1-9][0-9]?[.][0-9] Hz")
  endif()
  if(TARGET own_neuron)
    add_test(NAME examples/own_neuron COMMAND own_neuron)
    set_tests_properties(examples/own_neuron PROPERTIES PASS_REGULAR_EXPRESSION "accuracy: (9[0-9]|100)")
  endif()
  if(TARGET own_rule)
    add_test(NAME examples/own_rule COMMAND own_rule)
    set_tests_properties(examples/own_rule PROPERTIES PASS_REGULAR_EXPRESSION "normalised mean square error: 0[.]0")
  endif()
endfunction()
cmake_language(DEFER DIRECTORY ${PROJECT_SOURCE_DIR} CALL neohebb_test_examples)
