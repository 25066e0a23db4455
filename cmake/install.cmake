# SPDX-License-Identifier: MIT

# Installing: libraries with a CMake package and pkg-config files that may be moved as one, and headers.
# Components: `libraries` and `headers`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Everything that is installed but the headers.
add_custom_target(heaplet_libraries)

# Gives a library the name that others link it by, heaplet::<name>, here and where it is installed.
function(heaplet_export target name)
  add_library(heaplet::${name} ALIAS ${target})
  if(NOT HEAPLET_INSTALL)
    # A project that adds heaplet as a folder of its own compiles what it links, and no more.
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  add_dependencies(heaplet_libraries ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT heaplet
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libraries)

  # pkg-config: heaplet for the core, heaplet-malloc for heaplet::malloc, and so on.
  string(REPLACE "_" "-" module ${target})
  file(RELATIVE_PATH prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" prefix "${prefix}")
  get_target_property(options ${target} INTERFACE_LINK_OPTIONS)
  if(NOT options)
    set(options "")
  endif()
  list(JOIN options " " options)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/heaplet.pc.in ${PROJECT_BINARY_DIR}/${module}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${module}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT libraries)
endfunction()

# After the last heaplet_export().
function(heaplet_install_package)
  if(NOT HEAPLET_INSTALL)
    return()
  endif()
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/heaplet)
  install(EXPORT heaplet FILE heapletTargets.cmake NAMESPACE heaplet::
    DESTINATION ${folder} COMPONENT libraries)
  set(config ${PROJECT_BINARY_DIR}/package/heapletConfig.cmake)
  set(version ${PROJECT_BINARY_DIR}/package/heapletConfigVersion.cmake)
  file(WRITE ${config} "include(\"\${CMAKE_CURRENT_LIST_DIR}/heapletTargets.cmake\")\n")
  write_basic_package_version_file(${version} COMPATIBILITY SameMinorVersion)
  install(FILES ${config} ${version} DESTINATION ${folder} COMPONENT libraries)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/heaplet
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT headers)
endfunction()
