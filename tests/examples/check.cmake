# The behaviour of the example programs as a user meets it. Targets of examples/ come after those of tests/: called at the
# end of the whole project.
find_program(bash bash)
mark_as_advanced(bash)
function(neohebb_test_examples)
  if(TARGET mnist_decolle AND bash)
    add_test(NAME examples/mnist_decolle
             COMMAND ${bash} ${PROJECT_SOURCE_DIR}/tests/examples/mnist_decolle.sh $<TARGET_FILE:mnist_decolle>)
  endif()
endfunction()
cmake_language(DEFER DIRECTORY ${PROJECT_SOURCE_DIR} CALL neohebb_test_examples)
