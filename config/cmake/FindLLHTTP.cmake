# Finds llhttp, the HTTP/1 tokenizer, and always defines the target llhttp::llhttp. In this order:
#   1. a library of the system (Debian 13, Fedora, Alpine, Homebrew: 9.x), by path and header version
#   2. the C sources that Debian 12's and Ubuntu 24.04's node-llhttp package carries, compiled here
#   3. with -DTRI_FETCH_LLHTTP=ON, upstream's release archive, checked against its SHA256
# Version 8 is lenient unless every unit that sees its header says LLHTTP_STRICT_MODE=1; the target
# says so for them. Upstream's own package files name the target differently from build to build
# and carry no version, hence this module.
option(TRI_FETCH_LLHTTP "Download llhttp when the system has none" OFF)
set(LLHTTP_FETCH_TAG release/v9.4.2)
set(LLHTTP_FETCH_SHA256 ba717a2f99f340a0ee9796aaf2b1acca057e1e37682ffd2bc4def4d3b6bc4005)

find_path(LLHTTP_INCLUDE_DIR llhttp.h)
find_library(LLHTTP_LIBRARY llhttp)
find_path(LLHTTP_SOURCE_DIR llhttp.c PATH_SUFFIXES share/llhttp)
find_path(LLHTTP_SOURCE_INCLUDE_DIR llhttp.h PATH_SUFFIXES share/include/llhttp share/llhttp)
mark_as_advanced(LLHTTP_INCLUDE_DIR LLHTTP_LIBRARY LLHTTP_SOURCE_DIR LLHTTP_SOURCE_INCLUDE_DIR)

function(llhttp_header_version directory ret)
    file(STRINGS ${directory}/llhttp.h lines REGEX "^#define LLHTTP_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX REPLACE "[^0-9;]" "" numbers "${lines}")
    list(JOIN numbers "." version)
    set(${ret} ${version} PARENT_SCOPE)
endfunction()

# A static library named llhttp out of upstream's three C files; none of our flags touch it.
function(llhttp_compile source_directory include_directory)
    add_library(llhttp STATIC ${source_directory}/api.c ${source_directory}/http.c
                              ${source_directory}/llhttp.c)
    target_include_directories(llhttp SYSTEM PUBLIC ${include_directory})
    target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    set_target_properties(llhttp PROPERTIES COMPILE_WARNING_AS_ERROR OFF)
    add_library(llhttp::llhttp ALIAS llhttp)
endfunction()

if(NOT TARGET llhttp::llhttp)
    if(LLHTTP_INCLUDE_DIR AND LLHTTP_LIBRARY)
        llhttp_header_version(${LLHTTP_INCLUDE_DIR} LLHTTP_VERSION)
        set(LLHTTP_ORIGIN ${LLHTTP_LIBRARY})
        add_library(llhttp::llhttp UNKNOWN IMPORTED GLOBAL)
        set_target_properties(llhttp::llhttp PROPERTIES
            IMPORTED_LOCATION ${LLHTTP_LIBRARY}
            INTERFACE_INCLUDE_DIRECTORIES ${LLHTTP_INCLUDE_DIR}
            INTERFACE_COMPILE_DEFINITIONS LLHTTP_STRICT_MODE=1)
    elseif(LLHTTP_SOURCE_DIR AND LLHTTP_SOURCE_INCLUDE_DIR)
        llhttp_header_version(${LLHTTP_SOURCE_INCLUDE_DIR} LLHTTP_VERSION)
        set(LLHTTP_ORIGIN ${LLHTTP_SOURCE_DIR})
        llhttp_compile(${LLHTTP_SOURCE_DIR} ${LLHTTP_SOURCE_INCLUDE_DIR})
    elseif(TRI_FETCH_LLHTTP)
        include(FetchContent)
        FetchContent_Declare(llhttp_upstream
            URL https://github.com/nodejs/llhttp/archive/refs/tags/${LLHTTP_FETCH_TAG}.tar.gz
            URL_HASH SHA256=${LLHTTP_FETCH_SHA256}
            DOWNLOAD_EXTRACT_TIMESTAMP OFF
            SOURCE_SUBDIR no-build-files-of-theirs)
        FetchContent_MakeAvailable(llhttp_upstream)
        llhttp_header_version(${llhttp_upstream_SOURCE_DIR}/include LLHTTP_VERSION)
        set(LLHTTP_ORIGIN ${llhttp_upstream_SOURCE_DIR}/src)
        llhttp_compile(${LLHTTP_ORIGIN} ${llhttp_upstream_SOURCE_DIR}/include)
    endif()
    set(LLHTTP_ORIGIN "${LLHTTP_ORIGIN}" CACHE INTERNAL "library or sources in use")
    set(LLHTTP_VERSION "${LLHTTP_VERSION}" CACHE INTERNAL "version in its header")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LLHTTP REQUIRED_VARS LLHTTP_ORIGIN VERSION_VAR LLHTTP_VERSION
    REASON_FAILURE_MESSAGE "run `sh config/setup.sh build`, or configure with -DTRI_FETCH_LLHTTP=ON")
