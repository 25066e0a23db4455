# SPDX-License-Identifier: MIT
#
# Before 1.0 a minor version may break what an earlier one promised.
file(READ "${CMAKE_CURRENT_LIST_DIR}/../package.json" heaplet_json)
string(JSON PACKAGE_VERSION GET "${heaplet_json}" version)
string(REGEX MATCH "^[0-9]+\\.[0-9]+" heaplet_minor "${PACKAGE_VERSION}")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" heaplet_wanted "${PACKAGE_FIND_VERSION}.0")
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
if(heaplet_minor VERSION_EQUAL heaplet_wanted AND NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
