# Two interface targets, linked PRIVATE by everything of ours and by nothing of others:
#   tri_flags     how our C is built: GNU names, banned calls, hardening
#   tri_warnings  tri_flags and every warning we live by (errors in presets dev, asan, coverage)
add_library(tri_flags INTERFACE)
target_include_directories(tri_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(tri_flags INTERFACE _GNU_SOURCE)
target_compile_options(tri_flags INTERFACE
    "$<$<COMPILE_LANGUAGE:C>:SHELL:-include ${PROJECT_SOURCE_DIR}/server/base/ban.h>"
    -fstack-protector-strong
    $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
# GCC tuned for no machine in particular clears structs by `rep stos`, which costs more than stores.
include(CheckCCompilerFlag)
set(clearing -mmemset-strategy=vector_loop:512:noalign,libcall:-1:noalign)
check_c_compiler_flag(${clearing} TRI_CLEARS_BY_STORES)
if(TRI_CLEARS_BY_STORES)
    target_compile_options(tri_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:${clearing}>)
endif()
target_link_options(tri_flags INTERFACE $<$<CONFIG:Release>:-Wl,-z,relro,-z,now>)

add_library(tri_warnings INTERFACE)
target_link_libraries(tri_warnings INTERFACE tri_flags)
foreach(warning all extra shadow conversion strict-prototypes missing-prototypes vla switch-enum
        format=2 no-format-zero-length undef)
    target_compile_options(tri_warnings INTERFACE $<$<COMPILE_LANGUAGE:C>:-W${warning}>)
endforeach()
