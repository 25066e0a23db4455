# SPDX-License-Identifier: MIT
#
#   cmake -DNODE=… -DPROGRAM=… -DARGUMENT=… -DCODE=… -DSAYS=… -P expect.cmake
#
# Runs a program, which must end with this exit code and say what the pattern matches.
execute_process(COMMAND ${NODE} ${PROGRAM} ${ARGUMENT}
  OUTPUT_VARIABLE said ERROR_VARIABLE complained RESULT_VARIABLE code)
string(APPEND said "${complained}")
if(NOT code EQUAL CODE)
  message(FATAL_ERROR "exit code ${code} and not ${CODE}:\n${said}")
endif()
if(NOT said MATCHES "${SAYS}")
  message(FATAL_ERROR "nothing matches ${SAYS} in\n${said}")
endif()
