# TRI_STATIC: programs that need no library and no loader, at addresses of the kernel's choice all
# the same (static-pie). For an image FROM scratch; tried on Debian 13.
#
# Whatever is looked for from here on is an archive (.a), and pkg-config names what those archives
# need in turn. Brotli's file for pkg-config forgets libm.
option(TRI_STATIC "Link everything statically (preset static)" OFF)
if(NOT TRI_STATIC)
    return()
endif()
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(OPENSSL_USE_STATIC_LIBS ON)
set(PKG_CONFIG_ARGN --static)
set(CMAKE_C_LINK_OPTIONS_PIE -fPIE -static-pie) # in place of -pie, which would ask for a loader
link_libraries(m)
