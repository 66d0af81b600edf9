# Finds libev, which ships no .pc file. Defines the imported target libev::libev.
find_path(Libev_INCLUDE_DIR ev.h PATH_SUFFIXES libev)
find_library(Libev_LIBRARY ev)
mark_as_advanced(Libev_INCLUDE_DIR Libev_LIBRARY)

if(Libev_INCLUDE_DIR)
    file(STRINGS ${Libev_INCLUDE_DIR}/ev.h lines REGEX "^# *define EV_VERSION_(MAJOR|MINOR) ")
    string(REGEX REPLACE "[^0-9;]" "" numbers "${lines}")
    list(JOIN numbers "." Libev_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libev REQUIRED_VARS Libev_LIBRARY Libev_INCLUDE_DIR
                                  VERSION_VAR Libev_VERSION)

if(Libev_FOUND AND NOT TARGET libev::libev)
    add_library(libev::libev UNKNOWN IMPORTED GLOBAL)
    set_target_properties(libev::libev PROPERTIES
        IMPORTED_LOCATION ${Libev_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${Libev_INCLUDE_DIR})
endif()
